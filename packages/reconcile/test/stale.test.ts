import type { Estate, Gap } from '@proxbox/contracts'
import { isRef } from '@proxbox/contracts'
import t from 'tap'
import { hiddenParts, leavingObjects, partsToCount, planChanges } from '../src/index.ts'
import {
  changeOf,
  codes,
  day,
  endpoint,
  handKept,
  key,
  planFor,
  runOn,
  withConfig
} from './planned.ts'
import { estate, guest, World } from './world.ts'

const both = estate([guest(100), guest(101)])
const one = estate([guest(101)])
const deleting = endpoint({ missingPolicy: 'delete' })

const slugs = (world: World, of: string): unknown[] =>
  [world.stored(of).tags ?? []].flat().map((tag) => {
    const found = isRef(tag) ? world.objects.get(tag.ref) : undefined
    return found?.fields.slug
  })
const isStale = (world: World, of: string): boolean => slugs(world, of).includes('proxbox-stale')
const edited = (seen: Estate, more: Partial<Estate['clusters'][number]>): Estate => ({
  ...seen,
  clusters: seen.clusters.map((cluster) => ({ ...cluster, ...more }))
})

t.test('missing → stale → back: same object, tag and status restored', async (t) => {
  const world = new World()
  t.notMatch(JSON.stringify(runOn(world, both)), 'proxbox-stale', 'no tag without need')
  const id = world.ledger.get(key)?.netbox_id
  const plan = runOn(world, one, 1)
  t.match(changeOf(plan, key), {
    action: 'update',
    before: { status: 'active' },
    after: { status: 'decommissioning' },
    missing_since: day(1)
  })
  t.same(
    plan.changes.map((change) => change.key),
    ['tag:proxbox-stale', key]
  )
  t.ok(isStale(world, key))
  t.equal(world.ledger.get(key)?.first_missing_at, day(1))
  t.same(runOn(world, one, 3).changes, [], 'still missing: nothing more to say')
  t.equal(world.ledger.get(key)?.first_missing_at, day(1))
  const back = runOn(world, both, 4)
  t.match(changeOf(back, key), { after: { status: 'active' }, missing_since: null })
  t.notOk(isStale(world, key))
  t.equal(world.ledger.get(key)?.first_missing_at, null)
  t.equal(world.ledger.get(key)?.netbox_id, id)
  runOn(world, one, 5)
  t.ok(isStale(world, key), 'and once more')
})

t.test('what is adopted is marked and restored too, and never deleted', async (t) => {
  const world = new World()
  const cluster = world.add('cluster', { name: 'lab', scope: { ref: 'netbox:site/1' } })
  const hand = world.add('tag', { slug: 'mine', name: 'mine' })
  world.add('vm', {
    name: 'vm100',
    status: 'active',
    cluster: { ref: cluster.key },
    tags: [{ ref: hand.key }]
  })
  runOn(world, both)
  t.equal(world.ledger.get(key)?.origin, 'adopted')
  runOn(world, one, 1)
  t.ok(isStale(world, key))
  t.same(runOn(world, one, 100, deleting).changes, [])
  runOn(world, both, 101)
  t.notOk(isStale(world, key))
  t.equal(world.stored(key).status, 'active')
  t.match(slugs(world, key), ['mine'])
})

t.test('a status that a person chose stays, before and after', async (t) => {
  for (const status of ['planned', 'staged', 'failed', 'decommissioning']) {
    const world = new World()
    runOn(world, both)
    world.edit(key, { status })
    t.notOk('status' in (changeOf(runOn(world, one, 1), key)?.after ?? {}), status)
    t.ok(isStale(world, key))
    runOn(world, both, 2)
    t.equal(world.stored(key).status, status)
    t.notOk(isStale(world, key))
  }
  const world = new World()
  runOn(world, both)
  runOn(world, one, 1)
  world.edit(key, { status: 'planned', tags: [] })
  const back = runOn(world, both, 2)
  t.equal(world.stored(key).status, 'planned')
  t.equal(world.ledger.get(key)?.first_missing_at, null)
  t.same(
    back.changes.filter((change) => 'status' in change.after),
    []
  )
  const kept = new World()
  const policies = endpoint({ policies: { 'vm.status': 'fill', 'vm.tags': 'fill' } })
  runOn(kept, both)
  t.same(runOn(kept, one, 1, policies).changes, [], 'policies say so')
  t.equal(kept.ledger.get(key)?.first_missing_at, day(1), 'the Ledger knows')
})

t.test(
  'a guest is back whatever its lock says; whether it runs is told when the lock is gone',
  async (t) => {
    const locked = (lock: string, status: 'running' | 'stopped' | 'unknown') =>
      estate([guest(100, { lock, status }), guest(101)])
    for (const [lock, status, wanted] of [
      ['backup', 'running', 'active'],
      ['migrate', 'running', 'active'],
      ['suspended', 'stopped', 'offline']
    ] as const) {
      const world = new World()
      runOn(world, both)
      runOn(world, one, 1)
      const back = runOn(world, locked(lock, status), 2)
      t.match(changeOf(back, key), {
        before: { status: 'decommissioning' },
        after: { status: wanted },
        missing_since: null
      })
      t.notOk(isStale(world, key), lock)
      t.same(runOn(world, locked(lock, status), 3).changes, [], 'said once')
      t.same(runOn(world, locked(lock, 'stopped'), 4).changes, [], 'a lock moves no status')
      runOn(world, estate([guest(100, { status: 'stopped' }), guest(101)]), 5)
      t.equal(world.stored(key).status, 'offline', 'the lock is gone')
    }
    const dead = new World()
    runOn(dead, both)
    runOn(dead, one, 1)
    runOn(dead, locked('backup', 'unknown'), 2)
    t.equal(dead.stored(key).status, 'decommissioning', 'nothing is known of it yet')
    runOn(dead, both, 3)
    t.equal(dead.stored(key).status, 'active')
  }
)

t.test('a status that a person chose while it was missing stays, lock or no lock', async (t) => {
  const world = new World()
  runOn(world, both)
  runOn(world, one, 1)
  world.edit(key, { status: 'failed' })
  const seen = estate([guest(100, { lock: 'backup' }), guest(101)])
  t.notOk('status' in (changeOf(runOn(world, seen, 2), key)?.after ?? {}))
  t.equal(world.stored(key).status, 'failed')
  t.notOk(isStale(world, key))
})

t.test(
  'kept by default; deleted after its time where that is wanted, with all that was its',
  async (t) => {
    const world = new World()
    runOn(world, both)
    const parts = [...world.ledger.keys()].filter((of) => of.includes(key))
    t.equal(parts.length, 5)
    runOn(world, one, 1)
    t.same(runOn(world, one, 400).changes, [], 'keep')
    t.same(planFor(world, one, { ...deleting, now: day(7.9) }).changes, [], 'not yet')
    const narrow = { ...deleting, now: day(8), syncTypes: ['virtual-machines'] as const }
    t.same(planFor(world, one, narrow).changes, [], 'not while its parts are not read')
    const plan = runOn(world, one, 8, deleting)
    const deleted = plan.changes.filter(({ action }) => action === 'delete')
    t.same(new Set(deleted.map((change) => change.key)), new Set(parts))
    t.equal(changeOf(plan, key)?.goes_with, undefined)
    t.same(
      plan.steps.map(({ action, entries }) => [action, entries.map((entry) => entry.key)]),
      [['delete', [key]]],
      'NetBox deletes the parts itself'
    )
    t.ok(
      deleted.every(({ before }) => Object.keys(before).length > 0),
      'before-images of all'
    )
    t.notOk([...world.ledger.keys()].some((of) => of.includes(key)))
    t.notOk([...world.objects.values()].some(({ label }) => label.includes(key)))
    t.ok(
      runOn(world, both, 9).changes.some((change) => change.key === key),
      'a new guest'
    )
  }
)

t.test('never in the Run that noticed, whatever the settings', async (t) => {
  const world = new World()
  runOn(world, both)
  const settings = { ...world.options().settings, retire_after_days: 0 }
  const at = (days: number) => runOn(world, one, days, { ...deleting, settings })
  t.equal(changeOf(at(1), key)?.action, 'update')
  t.equal(changeOf(at(1.1), key)?.action, 'delete')
})

t.test('what a person built upon is not deleted', async (t) => {
  const built: Record<string, (world: World) => void> = {
    description: (world) => world.edit(key, { description: 'by hand' }),
    comments: (world) => world.edit(key, { comments: 'by hand' }),
    tag: (world) => {
      const tag = world.add('tag', { slug: 'mine', name: 'mine' })
      world.edit(key, { tags: [...[world.stored(key).tags ?? []].flat(), { ref: tag.key }] })
    },
    'stale tag': (world) => world.edit(key, { tags: [] }),
    'custom field': (world) => world.edit(key, { 'cf.owner': 'me' }),
    tenant: (world) => world.edit(key, { tenant: { ref: 'netbox:tenant/9' } }),
    status: (world) => world.edit(key, { status: 'active' }),
    name: (world) => world.edit(key, { name: 'kept' }),
    interface: (world) => {
      const vm = `netbox:vm/${world.ledger.get(key)?.netbox_id}`
      world.add('vm-interface', { name: 'hand', virtual_machine: { ref: vm } })
    },
    address: (world) => {
      const port = `netbox:vm-interface/${world.ledger.get(`${key}/net0`)?.netbox_id}`
      world.add('ip-address', { address: '10.9.9.9/24', assigned_object: { ref: port } })
    },
    'disk description': (world) => world.edit(`${key}/scsi0`, { description: 'by hand' }),
    NAT: (world) =>
      world.edit(`ip:${key}/net0/10.0.100.10`, { nat_inside: { ref: 'netbox:ip-address/999' } }),
    'FHRP group': (world) => world.edit(`${key}/net0`, { count_fhrp_groups: 1 })
  }
  for (const [what, build] of Object.entries(built)) {
    const world = new World()
    runOn(world, both)
    runOn(world, one, 1)
    build(world)
    const plan = runOn(world, one, 30, deleting)
    t.same(plan.changes, [], what)
    t.match(plan.held, [{ guard: 'owned-only', change: { key, action: 'delete' } }], what)
  }
})

t.test('what a custom field of others holds by itself was built by nobody', async (t) => {
  const world = new World()
  world.add('custom-field', { name: 'owner', default: 'ops' })
  runOn(world, both)
  runOn(world, one, 1)
  world.edit(key, { 'cf.owner': 'ops' })
  t.equal(changeOf(runOn(world, one, 30, deleting), key)?.action, 'delete')
})

t.test('missing is not gone: unread, empty, narrowed, held, hidden by a gap', async (t) => {
  const gap = (more: Partial<Gap>): Gap => ({
    cluster: 'caaaaaaaa',
    scope: 'guests',
    facet: 'list',
    reason: 'denied',
    detail: '',
    ...more
  })
  const seen: Record<string, () => Parameters<typeof planFor>> = {
    'not whole': () => [world(), edited(one, { guestListWhole: false })],
    'no quorum': () => [world(), edited(one, { quorate: false })],
    empty: () => [world(), estate([])],
    'no cluster': () => [world(), { clusters: [], gaps: [] }],
    narrowed: () => [world(), one, { vmKeys: new Set(['vm:caaaaaaaa/qemu/101']) }],
    'only devices': () => [world(), one, { syncTypes: ['devices'] }],
    'no connection': () => [world(), one, { connections: {} }],
    'a site that is not there': () => [world(), one, { connections: elsewhere }],
    'gap of the list': () => [world(), { ...one, gaps: [gap({})] }],
    'gap of the guest': () => [
      world(),
      { ...one, gaps: [gap({ scope: 'guest', vmid: 100, facet: 'config' })] }
    ],
    'gap of its node': () => [
      world(),
      { ...one, gaps: [gap({ scope: 'node', node: 'pve1', facet: 'status' })] }
    ]
  }
  const world = () => {
    const made = new World()
    runOn(made, both)
    return made
  }
  const { caaaaaaaa: lab } = new World().options().connections
  const elsewhere = lab === undefined ? {} : { caaaaaaaa: { ...lab, site: 'nowhere' } }
  for (const [what, args] of Object.entries(seen)) {
    const { changes, adoptions } = planFor(...args())
    t.same([changes, adoptions], [[], []], what)
  }
  t.match(planFor(world(), estate([])).notices, [{ code: 'GAP', label: 'lab' }])
  const silent = { ...one, gaps: [gap({ scope: 'guest', vmid: 100, facet: 'agent' })] }
  t.equal(planFor(world(), silent).changes.length, 2, 'its agent tells nothing of the guest itself')
})

t.test('nobody is asked to delete what was there before us', async (t) => {
  const world = handKept()
  const vm = [...world.objects.values()].find(({ kind }) => kind === 'vm')
  world.add('disk', { name: 'scsi0', size: 8192, virtual_machine: { ref: vm?.key ?? '' } })
  runOn(world, both)
  t.equal(world.ledger.get(`${key}/scsi0`)?.origin, 'adopted')
  const diskless = runOn(world, estate([withConfig({ disks: [] }), guest(101)]), 1)
  t.same([diskless.changes, diskless.held], [[], []], 'a disk')
  runOn(world, one, 2)
  const late = planFor(world, one, { ...deleting, now: day(40) })
  t.same([late.changes, late.held], [[], []], 'a guest')
})

t.test('a list that becomes unreadable retires nobody whom it missed before', async (t) => {
  const world = new World()
  runOn(world, both)
  runOn(world, one, 1)
  for (const seen of [edited(one, { guestListWhole: false }), { clusters: [], gaps: [] }])
    t.same(planFor(world, seen, { ...deleting, now: day(30) }).changes, [])
  t.same(codes(planFor(world, edited(one, { quorate: false }), { ...deleting, now: day(30) })), [])
})

t.test('a node that left its cluster is marked, and never deleted', async (t) => {
  const world = new World()
  const [cluster] = estate([guest(100)]).clusters
  const [node] = cluster?.nodes ?? []
  if (cluster === undefined || node === undefined) throw new Error('no node')
  const second = { ...node, nodeId: 'nsecond', name: 'pve2', ip: '192.0.2.11', interfaces: [] }
  const whole = edited(estate([guest(100)]), { nodes: [node, second] })
  runOn(world, whole)
  const left = runOn(world, estate([guest(100)]), 1)
  t.match(changeOf(left, 'device:nsecond'), {
    after: { status: 'decommissioning' },
    missing_since: day(1)
  })
  t.ok(isStale(world, 'device:nsecond'))
  t.same(runOn(world, estate([guest(100)]), 400, deleting).changes, [])
  runOn(world, whole, 401)
  t.equal(world.stored('device:nsecond').status, 'active')
  t.notOk(isStale(world, 'device:nsecond'))
  const away = edited(estate([guest(100)]), { quorate: false })
  t.same(planFor(world, away, { now: day(402) }).changes, [])
  const renumbered = edited(whole, { nodes: [node, { ...second, nodeId: 'nthird' }] })
  t.notOk(
    planFor(world, renumbered).changes.some((change) => change.key === 'device:nsecond'),
    'the same name under another id is not gone'
  )
})

t.test('a tag of that name is taken as it is; a guest tag of that name marks nobody', async (t) => {
  const world = new World()
  const known = world.add('tag', {
    slug: 'proxbox-stale',
    name: 'Old',
    color: 'ff0000',
    description: 'by hand'
  })
  runOn(world, both)
  const plan = runOn(world, one, 1)
  t.notOk(plan.changes.some(({ kind }) => kind === 'tag'))
  t.ok(JSON.stringify(world.stored(key).tags).includes(known.key))
  t.equal(world.objects.get(known.key)?.fields.color, 'ff0000')
  const { config } = guest(101)
  const tagged = estate([guest(101, { config: { ...config, tags: ['proxbox-stale'] } as never })])
  const other = new World()
  runOn(other, tagged)
  t.notOk(isStale(other, 'vm:caaaaaaaa/qemu/101'))
})

t.test('written and not recorded: the next Run learns it', async (t) => {
  const world = new World()
  runOn(world, both)
  const plan = planFor(world, one, { now: day(1) })
  const before = new Map(world.ledger)
  world.apply(plan)
  world.ledger.clear()
  for (const [of, row] of before) world.ledger.set(of, row)
  const intents = plan.changes.map(({ key, kind, action, netbox_id, before, after }) => ({
    ...{ key, kind, action, netbox_id, before },
    values: after
  }))
  const again = planFor(world, one, { now: day(2) }, intents)
  t.same(again.changes, [])
  t.match(
    again.adoptions.find((found) => found.key === key),
    {
      values: { status: 'decommissioning' },
      missing_since: day(2)
    }
  )
  world.apply(again)
  runOn(world, both, 3)
  t.equal(world.stored(key).status, 'active')
  t.notOk(isStale(world, key))
})

t.test('who may have been built again stays until a person says what is so', async (t) => {
  const world = new World()
  runOn(world, both)
  runOn(world, one, 1)
  const { config } = guest(100)
  const [nic] = config?.nics ?? []
  const rebuilt = guest(105, { config: { ...guest(105).config, nics: [{ ...nic }] } as never })
  const seen = estate([guest(101), rebuilt])
  const plan = planFor(world, seen, { ...deleting, now: day(30) })
  t.match(plan.conflicts, [{ code: 'guest-rebuilt', netbox_id: world.ledger.get(key)?.netbox_id }])
  t.notOk(plan.changes.some((change) => change.key === key && change.action === 'delete'))
})

t.test('what hangs on a guest and is in no table holds it, once it is asked for', async (t) => {
  const world = new World()
  runOn(world, both)
  runOn(world, one, 1)
  const options = world.options({ ...deleting, now: day(30) })
  const input = { estate: one, options, ...world.facts() }
  const plan = planChanges(input)
  const leaving = leavingObjects(plan.changes)
  t.same([...leaving.keys()].sort(), ['disk', 'ip-address', 'mac-address', 'vm', 'vm-interface'])
  const [id] = leaving.get('ip-address') ?? []
  const attached = new Map([[`netbox:ip-address/${id}`, 'a service']])
  t.match(planChanges({ ...input, attached }), {
    changes: [],
    held: [{ guard: 'owned-only', reason: /it carries a service/ }]
  })
})

t.test('what hangs on a guest unseen holds it, once it is counted', async (t) => {
  const world = new World()
  runOn(world, both)
  runOn(world, one, 1)
  const options = world.options({ ...deleting, now: day(30) })
  const input = { estate: one, options, ...world.facts() }
  const leaving = leavingObjects(planChanges(input).changes)
  const asked = partsToCount(leaving)
  t.same(
    asked.map(({ kind, counting }) => [kind, counting]),
    [
      ['vm', ['vm-interface', 'disk']],
      ['vm-interface', ['mac-address', 'ip-address']]
    ]
  )
  const nic = `netbox:vm-interface/${leaving.get('vm-interface')?.[0]}`
  const all = new Map([[nic, { 'mac-address': 1, 'ip-address': 1 }]])
  t.equal(hiddenParts(all, input.current).size, 0, 'all of it was read')
  const attached = hiddenParts(new Map([[nic, { 'ip-address': 2 }]]), input.current)
  t.match(planChanges({ ...input, attached }), {
    changes: [],
    held: [{ guard: 'owned-only', reason: /something that was not read \(IP address\)/ }]
  })
})

t.test('a mark that was undone deletes nobody', async (t) => {
  const world = new World()
  runOn(world, both)
  const before = world.ledger.get(key)?.last_written ?? {}
  const stored = { ...world.stored(key) }
  runOn(world, one, 1)
  world.edit(key, stored)
  const row = world.ledger.get(key)
  if (row === undefined) throw new Error('no row')
  world.ledger.set(key, { ...row, last_written: before })
  t.same(runOn(world, one, 30, deleting).changes, [])
})
