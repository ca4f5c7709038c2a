import type { Estate, Guest, GuestInterface, Plan } from '@proxbox/contracts'
import t, { type Test } from 'tap'
import { changeOf, day, endpoint, key, planDecided, planFor, runOn } from './planned.ts'
import { estate, guest, World } from './world.ts'

/** A World refuses, as NetBox does, what another object is called, and to move an address that is a primary one. */
const deleting = endpoint({ missingPolicy: 'delete' })
const vm = (vmid: number) => `vm:caaaaaaaa/qemu/${vmid}`

function configOf({ config }: Guest): NonNullable<Guest['config']> {
  if (config === undefined) throw new Error('a guest without configuration')
  return config
}

const named = (vmid: number, name: string): Guest =>
  guest(vmid, { name, config: { ...configOf(guest(vmid)), name } })

/** A guest with the addresses of another one. */
function withAddressesOf(other: number, one: Guest): Guest {
  const [nic] = configOf(one).nics
  const [old] = configOf(guest(other)).nics
  if (nic === undefined || old === undefined) throw new Error('no NIC')
  const nics = [{ ...nic, addresses: old.addresses }]
  return { ...one, config: { ...configOf(one), nics } }
}

/** Guest 100 is retired in the Run that first sees what comes. */
function retired(t: Test, comes: readonly Guest[]): { world: World; seen: Estate; plan: Plan } {
  const world = new World()
  const others = [named(101, 'db'), named(103, 'mail')]
  runOn(world, estate([named(100, 'web'), ...others]), 0, deleting)
  runOn(world, estate(others), 1, deleting)
  const ids = new Set(comes.map(({ vmid }) => vmid))
  const seen = estate([...others.filter(({ vmid }) => !ids.has(vmid)), ...comes])
  const options = { now: day(9), ...deleting }
  const asked = planFor(world, seen, options).conflicts.map((one) => [one, 'create'] as const)
  const plan = planDecided(world, seen, asked, options)
  world.apply(plan)
  const left = planFor(world, seen, options)
  t.same([left.changes, left.held], [[], []], 'nothing is left to do')
  return { world, seen, plan }
}

t.test('a new guest has the name of one that is retired in the same Run', async (t) => {
  const { world, plan } = retired(t, [named(102, 'web')])
  t.equal(world.stored(vm(102)).name, 'web')
  t.notOk(world.ledger.has(key))
  t.same(changeOf(plan, key)?.action, 'delete')
})

t.test('a new guest has the name and the primary address of one that is retired', async (t) => {
  const { world } = retired(t, [withAddressesOf(100, named(102, 'web'))])
  const address = `ip:${vm(102)}/net0/10.0.100.10`
  t.match(world.stored(vm(102)), {
    name: 'web',
    primary_ip4: { ref: `netbox:ip-address/${world.ledger.get(address)?.netbox_id}` }
  })
  t.notOk(world.ledger.has(key))
})

t.test(
  'a new guest has the name that a renamed one leaves for that of a retired one',
  async (t) => {
    const { world } = retired(t, [named(101, 'web'), named(102, 'db')])
    t.same([world.stored(vm(101)).name, world.stored(vm(102)).name], ['web', 'db'])
  }
)

t.test('a name waits where the one that has it may not go', async (t) => {
  const world = new World()
  runOn(world, estate([named(100, 'web'), named(101, 'db')]), 0, deleting)
  runOn(world, estate([named(101, 'db')]), 1, deleting)
  const options = { now: day(9), ...deleting }
  const none = {
    ...world.options().settings,
    delete_budget_minimum: 0,
    delete_budget_percent: 0
  }
  const renamed = estate([named(101, 'web')])
  const plan = planFor(world, renamed, { ...options, settings: none })
  t.same(plan.changes, [])
  t.match(
    plan.held.find(({ change }) => change.key === vm(101)),
    { guard: 'references', code: 'ITEM_HELD', reason: /has the name "web" in NetBox/ }
  )
})

type Nic = readonly [slot: string, name: string, mac: string]
const [macA, macB] = ['BC:24:11:00:00:0A', 'BC:24:11:00:00:0B']

/** Guest 100 with these NICs, as it names them itself. */
function withNics(...nics: readonly Nic[]): Estate {
  const [nic] = configOf(guest(100)).nics
  if (nic === undefined) throw new Error('no NIC')
  const one = guest(100, {
    config: {
      ...configOf(guest(100)),
      nics: nics.map(([slot, , mac]) => ({ ...nic, slot, mac, addresses: [] }))
    },
    interfaces: nics.map(([, name, mac]): GuestInterface => ({ name, mac, addresses: [] }))
  })
  return estate([one, guest(101)])
}

const nameOf = (world: World, slot: string) => world.stored(`${key}/${slot}`).name

t.test('the name of an interface that is missed is not free before that one is gone', async (t) => {
  const comes: readonly { from: readonly Nic[]; to: readonly Nic[] }[] = [
    { from: [['net0', 'eth0', macA]], to: [['net1', 'eth0', macB]] },
    { from: [['net0', 'eth0', macA]], to: [['net1', 'eth0', macA]] },
    {
      from: [
        ['net0', 'eth0', macA],
        ['net1', 'eth1', macB]
      ],
      to: [['net1', 'eth0', macB]]
    }
  ]
  for (const { from, to } of comes) {
    const world = new World()
    runOn(world, withNics(...from))
    runOn(world, withNics(...to), 1)
    t.same([nameOf(world, 'net0'), nameOf(world, 'net1')], ['eth0', 'net1'])
    runOn(world, withNics(...to), 9)
    t.notOk(world.ledger.has(`${key}/net0`))
    t.equal(nameOf(world, 'net1'), 'eth0')
  }
})

t.test('a new interface has the name of one that is deleted in the same Run', async (t) => {
  const world = new World()
  runOn(world, withNics(['net0', 'eth0', macA]))
  runOn(world, withNics(), 1)
  const plan = runOn(world, withNics(['net1', 'eth0', macB]), 9)
  t.equal(nameOf(world, 'net1'), 'eth0')
  t.same(
    plan.steps.map(({ action, entries }) => [action, entries.map((one) => one.key.slice(-4))]),
    [
      ['update', ['net0']],
      ['create', ['net1']],
      ['delete', ['net0']]
    ]
  )
})

t.test('a Run that ended before the deletion has lost nothing', async (t) => {
  const gone = `${key}/net0`
  for (const isRecorded of [true, false]) {
    const world = new World()
    runOn(world, withNics(['net0', 'eth0', macA]))
    runOn(world, withNics(), 1)
    const seen = withNics(['net1', 'eth0', macB])
    const plan = planFor(world, seen, { now: day(9) })
    const row = world.ledger.get(gone)
    if (row === undefined) throw new Error('no row')
    world.apply({ ...plan, steps: plan.steps.slice(0, 1) })
    const values = { name: world.stored(gone).name ?? null }
    t.not(values.name, 'eth0', 'its name is given away')
    const { netbox_id } = row
    const intent = { key: gone, kind: row.kind, action: 'update', netbox_id, values } as const
    if (!isRecorded) world.ledger.set(gone, row)
    const open = isRecorded ? [] : [{ ...intent, before: { name: 'eth0' } }]
    const again = planFor(world, seen, { now: day(9) }, open)
    t.equal(changeOf(again, gone)?.action, 'delete')
    t.equal(changeOf(again, `${key}/net1`)?.after.name, 'eth0')
  }
})

t.test('the slot of a disk that is gone is free for one that a person gave its name', async (t) => {
  const world = new World()
  const [disk] = configOf(guest(100)).disks
  if (disk === undefined) throw new Error('no disk')
  const second = { ...disk, slot: 'scsi1', volume: 'vm-100-disk-1', sizeBytes: 2 ** 34 }
  const both = guest(100, { config: { ...configOf(guest(100)), disks: [disk, second] } })
  runOn(world, estate([both, guest(101)]))
  world.edit(`${key}/scsi0`, { name: 'root' })
  world.edit(`${key}/scsi1`, { name: 'scsi0' })
  runOn(world, estate([guest(100), guest(101)]), 1)
  t.equal(world.stored(`${key}/scsi0`).name, 'scsi0')
  t.notOk(world.ledger.has(`${key}/scsi1`))
})
