import type { CurrentItem, KindName, LedgerRow } from '@proxbox/contracts'
import { countedAt, type Fates, type HolderCounts, isRef, netboxKey } from '@proxbox/contracts'
import t from 'tap'
import { type PlanInput, planChanges, whatToAsk } from '../src/index.ts'
import { runOn } from './planned.ts'
import { estate, guest, World } from './world.ts'

/** Guests with a second disk, and a second NIC with an address that is nobody's primary one. */
const twice = (vmid: number) => {
  const one = guest(vmid)
  if (one.config === undefined) throw new Error('no config')
  const { nics, disks } = one.config
  const [nic] = nics
  const [disk] = disks
  if (nic === undefined || disk === undefined) throw new Error('no parts')
  const second = { mac: `BC:24:11:FF:00:${vmid - 90}`, addresses: [`10.9.${vmid}.1/24`] }
  return guest(vmid, {
    config: {
      ...one.config,
      nics: [nic, { ...nic, slot: 'net1', ...second }],
      disks: [disk, { ...disk, slot: 'scsi1', volume: `vm-${vmid}-disk-1` }]
    }
  })
}

const guests = estate([100, 101, 102, 103].map(twice))

/** All that hangs on an object, itself included. */
const wholeOf = (world: World, key: string): string[] => [
  key,
  ...[...world.objects.values()]
    .filter(({ fields }) =>
      ['virtual_machine', 'assigned_object'].some((field) => {
        const value = fields[field]
        return isRef(value) && value.ref === key
      })
    )
    .flatMap((item) => wholeOf(world, item.key))
]

const holdersToAsk = (...facts: Parameters<typeof whatToAsk>) => whatToAsk(...facts)?.holders

/** What NetBox answers about its holders, whatever a token sees. */
const countsOf = (world: World, asked: ReturnType<typeof holdersToAsk>): HolderCounts =>
  new Map(
    (asked ?? []).flatMap(({ kind, ids, counting }) =>
      ids.map((id) => {
        const key = netboxKey(kind, id)
        const count = (of: KindName) =>
          [...world.objects.values()].filter((item) => item.kind === of && holds(item, key)).length
        return [key, Object.fromEntries(counting.map((of) => [of, count(of)]))] as const
      })
    )
  )

const holds = ({ kind, fields }: CurrentItem, holder: string): boolean =>
  (countedAt[kind]?.fields ?? []).some((field) => {
    const value = fields[field]
    return isRef(value) && value.ref === holder
  })

const hiding = (world: World, keys: readonly string[], more = {}): PlanInput => {
  const facts = world.facts()
  const current = facts.current.filter(({ key }) => !keys.includes(key))
  return { estate: guests, options: world.options(more), ...facts, current }
}

const made = (): World => {
  const world = new World()
  runOn(world, guests)
  return world
}

const objectOf = (world: World, key: string): string => {
  const row = world.ledger.get(key)
  if (row === undefined) throw new Error(`no ${key}`)
  return netboxKey(row.kind, row.netbox_id)
}

const vm = 'vm:caaaaaaaa/qemu/100'
const cases: readonly { key: string; view: string; asks: readonly KindName[] }[] = [
  { key: `ip:${vm}/net1/10.9.100.1`, view: 'ipam.view_ipaddress', asks: ['vm-interface'] },
  { key: `ip:${vm}/net0/10.0.100.10`, view: 'ipam.view_ipaddress', asks: [] },
  { key: `mac:${vm}/net1/BC:24:11:FF:00:10`, view: 'dcim.view_macaddress', asks: [] },
  { key: `${vm}/scsi1`, view: 'virtualization.view_virtualdisk', asks: ['vm'] },
  { key: `${vm}/net1`, view: 'virtualization.view_vminterface', asks: ['vm'] },
  { key: vm, view: 'virtualization.view_virtualmachine', asks: ['cluster'] }
]

for (const { key, view, asks } of cases) {
  t.test(`${key} out of sight, with all that hangs on it`, async (t) => {
    const world = made()
    const input = hiding(world, wholeOf(world, objectOf(world, key)))
    const first = planChanges(input)
    const asked = holdersToAsk(first, input)
    t.same(
      asked?.map(({ kind, ids }) => [kind, ids.length]) ?? [],
      asks.map((kind) => [kind, 1])
    )
    const counts = countsOf(world, asked)
    for (const budget of [true, false]) {
      const plan = planChanges({ ...input, options: world.options({ budget }), counts })
      t.same(plan.changes, [], 'nothing is written, whoever approves')
      t.notOk(
        plan.adoptions.some(
          (one) => objectOf(world, one.key) !== netboxKey(one.kind, one.netbox_id)
        ),
        'nothing else is taken for it'
      )
      const held = plan.held.find(({ change }) => change.key === key)
      t.equal(held?.guard, 'out-of-sight')
      t.match(held?.reason, view)
      t.match(held?.reason, held?.change.label ?? 'a label')
      t.ok(
        plan.held.every(({ guard }) => guard !== 'vanished'),
        'no approval is asked for'
      )
    }
    t.same(planChanges(hiding(world, [])).changes, [], 'in sight again')
  })

  t.test(`${key} deleted by hand`, async (t) => {
    const world = made()
    world.cascade(objectOf(world, key))
    const input = hiding(world, [])
    const first = planChanges(input)
    const asked = holdersToAsk(first, input)
    const plan = planChanges({ ...input, counts: countsOf(world, asked) })
    t.ok(asked !== undefined && asked.length > 0, 'it is asked for')
    t.ok(plan.changes.some((one) => one.key === key && one.action === 'create'))
    t.same(plan, first, 'made again as before')
  })
}

t.test('where nobody can count, a person is asked', async (t) => {
  const world = made()
  const key = `${vm}/scsi1`
  const input = hiding(world, [objectOf(world, key)])
  const counts: HolderCounts = new Map()
  const plan = planChanges({ ...input, counts })
  t.same([plan.changes, plan.adoptions], [[], []])
  t.match(plan.held, [{ guard: 'vanished', change: { key } }])
  t.match(plan.held[0]?.reason, /virtual disk|disk.*virtualization\.view_virtualdisk.*approve/)
  const approved = planChanges({ ...input, options: world.options({ budget: false }), counts })
  t.match(approved.changes, [{ key, action: 'create' }], 'a person knows that it is gone')
})

t.test('out of sight, and moved to another holder by a person', async (t) => {
  const world = made()
  const key = `ip:${vm}/net1/10.9.100.1`
  const at = objectOf(world, key)
  world.edit(key, { assigned_object: { ref: objectOf(world, 'vm:caaaaaaaa/qemu/101/net0') } })
  const input = hiding(world, [at])
  const first = planChanges(input)
  const counts = countsOf(world, holdersToAsk(first, input))
  const id = world.ledger.get(key)?.netbox_id
  t.same(whatToAsk(first, input)?.objects, [{ kind: 'ip-address', ids: [id] }])
  const planWith = (fates: Fates, budget = true) =>
    planChanges({ ...input, options: world.options({ budget }), counts, fates })
  const told: Fates = new Map([[at, 'kept']])
  const plan = planWith(told)
  t.same([plan.changes, plan.adoptions], [[], []], 'it is not made again')
  t.match(plan.held, [
    { change: { key }, guard: 'vanished', reason: /tells of no deletion.*ipam\.view_ipaddress/ }
  ])
  const again = [{ key, action: 'create' }]
  t.match(planWith(told, false).changes, again, 'a person knows that it is gone')
  t.match(planWith(new Map([[at, 'deleted']])).changes, again, 'NetBox knows that it is gone')
  t.match(planWith(new Map()).changes, again, 'nobody tells anything else')
})

t.test('what was deleted is made again beside what is out of sight', async (t) => {
  const world = made()
  const [gone, hidden] = [`${vm}/scsi0`, `${vm}/scsi1`]
  const deleted = objectOf(world, gone)
  const counted = (input: PlanInput) => countsOf(world, holdersToAsk(planChanges(input), input))
  world.cascade(deleted)
  const input = hiding(world, [objectOf(world, hidden)])
  const facts = { ...input, counts: counted(input) }
  t.same(planChanges(facts).changes, [], 'one of two is there: which one?')
  const plan = planChanges({ ...facts, fates: new Map([[deleted, 'deleted']]) })
  t.match(plan.changes, [{ key: gone, action: 'create' }])
  t.match(plan.held, [{ change: { key: hidden }, guard: 'out-of-sight' }])
})

t.test('an object in the stead of one out of sight is not taken for it', async (t) => {
  const world = made()
  const key = `ip:${vm}/net1/10.9.100.1`
  const hidden = objectOf(world, key)
  const twin = world.objects.get(hidden)
  if (twin === undefined) throw new Error('no address')
  world.add('ip-address', twin.fields, 'by hand')
  const input = hiding(world, [hidden])
  const asked = holdersToAsk(planChanges(input), input)
  const plan = planChanges({ ...input, counts: countsOf(world, asked) })
  t.same([plan.changes, plan.adoptions], [[], []])
})

t.test('a node and its parts', async (t) => {
  const world = made()
  const device = objectOf(world, 'device:ncaaaaaaaa')
  const port = objectOf(world, 'interface:ncaaaaaaaa/eno1')
  const input = hiding(world, [port])
  const asked = holdersToAsk(planChanges(input), input)
  t.same(asked, [{ kind: 'device', ids: [Number(device.split('/')[1])], counting: ['interface'] }])
  t.same(planChanges({ ...input, counts: countsOf(world, asked) }).changes, [])
})

t.test('nothing is asked where nothing is missed, or nothing would be done', async (t) => {
  const world = made()
  const input = hiding(world, [])
  t.equal(holdersToAsk(planChanges(input), input), undefined)
  const fresh = new World()
  const first = hiding(fresh, [])
  t.equal(holdersToAsk(planChanges(first), first), undefined, 'all is new')
  const all: LedgerRow[] = [...world.ledger.values()].filter(({ kind }) => kind === 'disk')
  const bulk = hiding(
    world,
    all.map(({ key }) => objectOf(world, key))
  )
  const plan = planChanges(bulk)
  t.same(plan.changes, [])
  t.equal(holdersToAsk(plan, bulk), undefined, 'many at once are held uncounted')
})

t.test('nothing new refers to what the Ledger may not learn yet', async (t) => {
  const world = made()
  const cluster = 'cluster:caaaaaaaa'
  const row = world.ledger.get(cluster)
  if (row === undefined) throw new Error('no cluster')
  // A NetBox restored from before the cluster was made anew: it is there, under another id than the Ledger has.
  world.ledger.set(cluster, { ...row, netbox_id: 999 })
  const seen = estate([100, 101, 102, 103, 104].map(twice))
  const plan = planChanges({
    ...hiding(world, []),
    estate: seen,
    counts: new Map(),
    fates: new Map()
  })
  t.notOk(plan.adoptions.some(({ key }) => key === cluster))
  t.same(
    plan.changes.filter(({ key }) => key.includes('/104')),
    [],
    'it would lie in an object of that id'
  )
  t.match(
    plan.held.find(({ change }) => change.key === 'vm:caaaaaaaa/qemu/104'),
    { guard: 'references', reason: /needs cluster/ }
  )
})
