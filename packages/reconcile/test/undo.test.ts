import { type Change, type Fields, type Guest, netboxKey, type Plan } from '@proxbox/contracts'
import t from 'tap'
import { planUndo } from '../src/index.ts'
import { day, endpoint, handKept, key, planDecided, planFor, runOn, withConfig } from './planned.ts'
import { estate, guest, World } from './world.ts'

/** Writes a Plan and gives back its Changes with the ids that they got. */
function written(world: World, plan: Plan): Change[] {
  world.apply(plan)
  return plan.changes.map((change) => ({
    ...change,
    netbox_id: change.netbox_id ?? world.ledger.get(change.key)?.netbox_id ?? null
  }))
}

const undo = (
  world: World,
  changes: readonly Change[],
  tagUses = new Map<number, number>(),
  unread: ReadonlyMap<string, string> = new Map()
) =>
  planUndo({
    changes,
    current: [...world.objects.values()],
    ledger: [...world.ledger.values()],
    netboxVersion: world.version,
    identityTag: 'proxbox-i1',
    tagUses,
    unread,
    run: 'R1'
  })

const configOf = ({ config }: Guest): NonNullable<Guest['config']> => {
  if (config === undefined) throw new Error('a guest without configuration')
  return config
}

/** Content by natural names, without ids and without the identity tag. */
const content = (world: World): string[] =>
  [...world.objects.values()]
    .filter(({ fields }) => fields.slug !== 'proxbox-i1')
    .map(({ kind, label, fields }) => JSON.stringify([kind, label, fields]))
    .sort()

/** The same with names of MACs in place of ids: what is made again has another. */
const natural = (all: readonly string[]): string[] =>
  all.map((one) => one.replaceAll(/netbox:mac-address\/\d+/g, 'a MAC')).sort()

const first = estate([guest(100), guest(101)])

t.test('what a first Run made is taken away, down to the identity tag', async (t) => {
  const world = new World()
  const before = content(world)
  const changes = written(world, planFor(world, first))
  const plan = undo(world, changes)
  t.same(plan.notices, [])
  t.same(plan.held, [])
  world.apply(plan)
  t.same(content(world), before)
})

t.test(
  'an update goes back where its value still stands; a later edit stays and is named',
  async (t) => {
    const world = new World()
    world.apply(planFor(world, first))
    const grown = estate([withConfig({ memoryMiB: 8192, vcpus: 4 }), guest(101)])
    const changes = written(world, planFor(world, grown))
    world.edit(key, { vcpus: 16 })
    const plan = undo(world, changes)
    t.same(
      plan.changes.map(({ after }) => after),
      [{ memory: 2048 }]
    )
    t.match(plan.notices, [{ key, code: 'ITEM_MOVED', detail: /vcpus/ }])
    world.apply(plan)
    t.match(world.stored(key), { memory: 2048, vcpus: 16 })
  }
)

t.test('a name that a new guest has taken is free again before it goes back', async (t) => {
  const world = new World()
  const named = (vmid: number, name: string) =>
    guest(vmid, { name, config: { ...configOf(guest(vmid)), name } })
  world.apply(planFor(world, estate([named(100, 'web'), named(101, 'db')])))
  const before = content(world)
  const moved = estate([named(100, 'db'), named(101, 'mail'), named(102, 'web')])
  const plan = undo(world, written(world, planFor(world, moved)))
  const vms = plan.steps.filter(({ kind }) => kind === 'vm')
  t.same(
    vms.map(({ action, entries }) => [action, entries.map((one) => one.key.slice(-3))]),
    [
      ['update', ['102']],
      ['update', ['100']],
      ['update', ['101']],
      ['delete', ['102']]
    ],
    'who takes a name that somebody else gives back waits for that one'
  )
  world.apply(plan)
  t.same(content(world), before)
})

t.test('what a person made theirs stays, with all that it stands on', async (t) => {
  const world = new World()
  const changes = written(world, planFor(world, first))
  world.edit(key, { description: 'the payroll' })
  const plan = undo(world, changes)
  const kept = plan.notices.map((notice) => notice.key)
  t.ok(kept.includes(key), 'the VM')
  t.ok(kept.includes('cluster:caaaaaaaa'), 'its cluster')
  t.notOk(kept.includes('vm:caaaaaaaa/qemu/101'), 'the other VM goes')
  const gone = plan.changes.filter(({ action }) => action === 'delete').map((one) => one.key)
  t.ok(gone.includes(`${key}/scsi0`), 'parts that nobody uses go')
})

t.test('what something unread hangs on stays, with all that it stands on', async (t) => {
  const world = new World()
  const changes = written(world, planFor(world, first))
  const row = world.ledger.get(`${key}/net0`)
  const nic = netboxKey('vm-interface', row?.netbox_id ?? 0)
  const unread = new Map([[nic, 'something that was not read (IP address)']])
  const plan = undo(world, changes, new Map(), unread)
  t.match(plan.notices, [{ key: `${key}/net0`, detail: /stays: something that was not read/ }, {}])
  const gone = new Set(plan.changes.map((change) => change.key))
  t.notOk(gone.has(`${key}/net0`))
  t.notOk(gone.has(key), 'its VM would take it along')
  t.ok(gone.has('vm:caaaaaaaa/qemu/101'), 'the other one goes')
})

t.test('a tag and a custom field that others use by then stay and are named', async (t) => {
  const world = new World()
  const changes = written(world, planFor(world, first))
  const tag = world.ledger.get('tag:web')?.netbox_id ?? 0
  world.add('site', { name: 'Other', slug: 'other', 'cf.proxmox_node': 'by hand' })
  const plan = undo(world, changes, new Map([[tag, 99]]))
  t.same(plan.notices.map((notice) => notice.key).sort(), ['custom-field:proxmox_node', 'tag:web'])
  t.match(plan.notices.find((one) => one.key === 'tag:web')?.detail, /stays: something else/)
})

t.test('what was deleted is made again with the fields that we held', async (t) => {
  const world = new World()
  world.apply(planFor(world, first))
  const held: Fields = world.stored(`${key}/scsi0`)
  const changes = written(world, planFor(world, estate([withConfig({ disks: [] }), guest(101)])))
  const deleted = changes.find(({ action }) => action === 'delete')
  t.equal(deleted?.key, `${key}/scsi0`)
  const plan = undo(world, changes)
  world.apply(plan)
  const { tags: _, ...now } = world.stored(`${key}/scsi0`)
  const { tags: __, ...then } = held
  t.same(now, then)
})

t.test('a MAC that is made again is the primary one of its interface again', async (t) => {
  const world = new World()
  world.apply(planFor(world, first))
  const nic = `${key}/net0`
  const before = content(world)
  // NetBox deletes the MAC at once, and the interface only after its grace: no Change names what it pointed to.
  const changes = written(world, planFor(world, estate([withConfig({ nics: [] }), guest(101)])))
  t.same(
    changes.map(({ kind, action }) => [kind, action]),
    [['mac-address', 'delete']]
  )
  t.equal(world.stored(nic).primary_mac_address, null)
  const plan = undo(world, changes)
  const again = plan.changes.find((one) => one.key === nic)
  t.match(again, { action: 'update', before: { primary_mac_address: null } })
  world.apply(plan)
  t.same(natural(content(world)), natural(before))

  const chosen = new World()
  chosen.apply(planFor(chosen, first))
  const other = chosen.add('mac-address', { mac_address: 'BC:24:11:99:99:99' })
  const gone = written(chosen, planFor(chosen, estate([withConfig({ nics: [] }), guest(101)])))
  chosen.edit(nic, { primary_mac_address: { ref: other.key } })
  const left = undo(chosen, gone).changes.map((one) => one.key)
  t.notOk(left.includes(nic), 'a primary one of a person stays')
})

t.test('whatever a person filled in of an object keeps it', async (t) => {
  const edits: readonly (readonly [string, Fields])[] = [
    [`${key}/net0`, { mode: 'tagged' }],
    [`${key}/net0`, { mtu: 9000 }],
    [`${key}/net0`, { enabled: false }],
    [key, { tenant: { ref: 'netbox:tenant/1' } }],
    [key, { status: 'staged' }],
    [key, { start_on_boot: 'laststate' }],
    ['interface:ncaaaaaaaa/vmbr0', { cable: { ref: 'netbox:cable/1' } }],
    ['device:ncaaaaaaaa', { status: 'inventory' }],
    ['device-role:proxmox-node', { color: '000000' }],
    ['custom-field:proxmox_node', { search_weight: 5 }]
  ]
  for (const [edited, fields] of edits) {
    const world = new World()
    const changes = written(world, planFor(world, first))
    world.edit(edited, fields)
    const plan = undo(world, changes)
    const [field] = Object.keys(fields)
    t.match(
      plan.notices.find((notice) => notice.key === edited)?.detail,
      `stays: ${field} was changed since`,
      `${edited} with its ${field}`
    )
  }
})

t.test('what NetBox puts there by itself keeps nothing', async (t) => {
  const world = new World()
  const changes = written(world, planFor(world, first))
  world.edit(key, { disk: 8192, site: { ref: 'netbox:site/1' } })
  world.edit('cluster:caaaaaaaa', { status: 'active' })
  world.edit('device:ncaaaaaaaa', { status: 'active' })
  world.edit(`${key}/net0`, { count_fhrp_groups: 0 })
  t.same(undo(world, changes).notices, [])
  const field = { name: 'owner', default: 'ops', object_types: ['virtualization.virtualmachine'] }
  world.add('custom-field', field)
  world.edit(key, { 'cf.owner': 'ops' })
  t.same(undo(world, changes).notices, [], 'nor does the default of a custom field')
  world.edit(key, { 'cf.owner': 'web' })
  t.match(undo(world, changes).notices, [{ key, detail: /cf.owner was changed/ }, {}, {}, {}])
})

t.test('of a set only our elements go', async (t) => {
  const world = new World()
  world.apply(planFor(world, first))
  const more = estate([withConfig({ tags: ['web', 'db'] }), guest(101)])
  const changes = written(world, planFor(world, more))
  const hand = world.add('tag', { name: 'Hand', slug: 'hand' })
  const now = world.stored(key).tags
  world.edit(key, { tags: [...(Array.isArray(now) ? now : []), { ref: hand.key }] })
  world.apply(undo(world, changes))
  const left = JSON.stringify(world.stored(key).tags)
  const db = [...world.objects.values()].find(({ fields }) => fields.slug === 'db')
  t.ok(left.includes(hand.key), 'a tag of a person stays')
  t.equal(db, undefined, 'the tag that this Run made is gone')
  t.ok(
    left.includes(netboxKey('tag', world.ledger.get('tag:web')?.netbox_id ?? 0)),
    'older ones stay'
  )
})

const named = (vmid: number, name: string, more: Partial<Guest['config']> = {}): Guest =>
  guest(vmid, { name, config: { ...configOf(guest(vmid)), ...more, name } })

/** Guest 100 is retired in the Run that makes guest 102 with its name and its primary address. */
function inherited(world: World): Change[] {
  const deleting = endpoint({ missingPolicy: 'delete' })
  const other = named(101, 'db')
  runOn(world, estate([named(100, 'web'), other]), 0, deleting)
  runOn(world, estate([other]), 1, deleting)
  const [nic] = configOf(guest(102)).nics
  const [old] = configOf(guest(100)).nics
  if (nic === undefined || old === undefined) throw new Error('no NIC')
  const nics = [{ ...nic, addresses: old.addresses }]
  const seen = estate([named(102, 'web', { nics }), other])
  const options = { now: day(9), ...deleting }
  const asked = planFor(world, seen, options).conflicts.map((one) => [one, 'create'] as const)
  return written(world, planDecided(world, seen, asked, options))
}

t.test('a guest is back with the name and address that its successor had', async (t) => {
  const world = new World()
  const changes = inherited(world)
  const plan = undo(world, changes)
  t.same([plan.notices, plan.held], [[], []])
  world.apply(plan)
  const address = [...world.objects.values()].filter(
    ({ kind, fields }) => kind === 'ip-address' && fields.address === '10.0.100.10/24'
  )
  const [nic] = [...world.objects.values()].filter(
    ({ kind, fields }) =>
      kind === 'vm-interface' &&
      JSON.stringify(fields.virtual_machine) ===
        JSON.stringify({ ref: netboxKey('vm', world.ledger.get(key)?.netbox_id ?? 0) })
  )
  t.match(address, [{ fields: { assigned_object: { ref: nic?.key } } }])
  t.match(world.stored(key), { name: 'web', primary_ip4: { ref: address[0]?.key } })
  t.notOk(world.ledger.has('vm:caaaaaaaa/qemu/102'))
})

t.test('what gave its name away and was not deleted after all has it back', async (t) => {
  const world = new World()
  const deleting = endpoint({ missingPolicy: 'delete' })
  runOn(world, estate([named(100, 'web'), named(101, 'db')]), 0, deleting)
  runOn(world, estate([named(101, 'db')]), 1, deleting)
  const before = content(world)
  const plan = planFor(world, estate([named(101, 'web')]), { now: day(9), ...deleting })
  const changes = written(world, {
    ...plan,
    steps: plan.steps.filter(({ action }) => action !== 'delete'),
    changes: plan.changes.filter((one) => one.goes_with === undefined)
  }).map((change) =>
    change.key === key ? { ...change, after: { name: world.stored(key).name ?? null } } : change
  )
  t.not(world.stored(key).name, 'web')
  const back = undo(world, changes)
  t.same([back.notices, back.held], [[], []])
  world.apply(back)
  t.same(content(world), before)
})

t.test('what is there by another Run is not made again beside it', async (t) => {
  const world = new World()
  const deleting = endpoint({ missingPolicy: 'delete' })
  const both = estate([named(100, 'web'), named(101, 'db')])
  runOn(world, both, 0, deleting)
  runOn(world, estate([named(101, 'db')]), 1, deleting)
  const gone = planFor(world, estate([named(101, 'db')]), { now: day(9), ...deleting })
  const changes = written(world, gone)
  runOn(world, both, 10, deleting)
  const plan = undo(world, changes)
  t.same(plan.changes, [])
  t.same(
    new Set(plan.notices.map((notice) => notice.key)),
    new Set(changes.map((change) => change.key))
  )
  t.match(plan.notices[0]?.detail, /is in NetBox again/)
})

t.test('a name that a later Run gave away is not given twice, and nothing is lost', async (t) => {
  const world = new World()
  const changes = inherited(world)
  const successor = 'vm:caaaaaaaa/qemu/102'
  world.edit(successor, { description: 'the payroll' })
  const before = content(world)
  const plan = undo(world, changes)
  t.match(
    plan.held.find(({ change }) => change.key === key),
    { guard: 'references', code: 'ITEM_HELD', reason: /has the name "web" in NetBox/ }
  )
  t.ok(
    plan.notices.some((notice) => notice.key === successor),
    'it is theirs by now'
  )
  world.apply(plan)
  const address = '10.0.100.10/24'
  t.ok(before.some((row) => row.includes(address)))
  t.same(
    content(world).filter((row) => row.includes(address)),
    before.filter((row) => row.includes(address)),
    'its address stays with the interface that stays'
  )
})

t.test('what was made and cannot be seen any more is named, and the rest goes', async (t) => {
  const world = new World()
  const changes = written(world, planFor(world, first))
  const hidden = [`${key}/scsi0`, `ip:${key}/net0/10.0.100.10`]
  for (const one of hidden) {
    const row = world.ledger.get(one)
    world.objects.delete(netboxKey(row?.kind ?? 'vm', row?.netbox_id ?? 0))
  }
  const plan = undo(world, changes)
  t.same(plan.notices.map((notice) => notice.key).sort(), [...hidden].sort())
  t.match(plan.notices.map(({ detail }) => detail).join(), /virtualization.view_virtualdisk/)
  t.ok(plan.notices.every(({ code }) => code === 'ITEM_MOVED'))
  t.ok(plan.changes.some((change) => change.key === key))
})

t.test('what a later Run has deleted is nothing to tell of', async (t) => {
  const world = new World()
  const changes = written(world, planFor(world, first))
  world.apply(undo(world, changes))
  const plan = undo(world, changes)
  t.same([plan.changes, plan.notices, plan.held], [[], [], []])
})

t.test('a tag that a person put there stays theirs through a Run and its undo', async (t) => {
  const world = handKept()
  const web = world.add('tag', { name: 'web', slug: 'web' })
  const vm = [...world.objects.values()].find(({ kind }) => kind === 'vm')
  world.edit(vm?.key ?? '', { tags: [{ ref: web.key }] })
  world.apply(planFor(world, first))
  const more = planFor(world, estate([withConfig({ tags: ['web', 'db'] }), guest(101)]))
  const change = more.changes.find((one) => one.key === key)
  for (const side of [change?.before.tags, change?.after.tags])
    t.ok(JSON.stringify(side).includes(web.key), 'before and after name it alike')
  world.apply(undo(world, written(world, more)))
  world.apply(planFor(world, estate([withConfig({ tags: [] }), guest(101)])))
  t.ok(JSON.stringify(world.stored(key).tags).includes(web.key), 'Proxmox no longer has it')
})

t.test('an address goes back from a guest that has it as its primary one', async (t) => {
  const world = new World()
  const always = endpoint({ primaryIpPolicy: 'always' })
  const [nic] = configOf(guest(101)).nics
  if (nic === undefined) throw new Error('no NIC')
  const both = named(101, 'db', {
    nics: [{ ...nic, addresses: ['10.0.100.10/24', ...nic.addresses] }]
  })
  runOn(world, estate([named(100, 'web'), named(101, 'db')]), 0, always)
  const before = content(world)
  const changes = written(world, planFor(world, estate([both]), { now: day(1), ...always }))
  const moved = `ip:vm:caaaaaaaa/qemu/101/net0/10.0.100.10`
  const primary = { ref: netboxKey('ip-address', world.ledger.get(moved)?.netbox_id ?? 0) }
  t.match(world.stored('vm:caaaaaaaa/qemu/101').primary_ip4, primary)
  world.apply(undo(world, changes))
  t.same(content(world), before)
})
