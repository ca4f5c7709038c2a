import type { Guest } from '@proxbox/contracts'
import t from 'tap'
import { day, endpoint, handKept, key, planDecided, planFor, runOn, withConfig } from './planned.ts'
import { estate, guest, World } from './world.ts'

const mac = 'BC:24:11:00:00:64'
const macKey = `mac:${key}/net0/${mac}`
const ipKey = `ip:${key}/net0/10.0.100.10`
const parts = [`${key}/net0`, `${key}/scsi0`, macKey]

const labels = ({ ledger }: World, keys: readonly string[] = parts) =>
  keys.map((one) => ledger.get(one)?.label)
const named = (name: string, more: Parameters<typeof withConfig>[0] = {}): Guest =>
  withConfig({ ...more, name }, { name })
const nicsOf = (one: Guest) => one.config?.nics ?? []

/** Guest 100 with its NIC called so by itself, and with another NIC where it has one. */
const withNic = (name: string, also: readonly string[] = []): Guest => {
  const [first] = nicsOf(guest(100))
  if (first === undefined) throw new Error('no NIC')
  const others = also.map((slot, index) => ({ ...first, slot, mac: `BC:24:11:00:01:0${index}` }))
  const nics = [first, ...others.map((one) => ({ ...one, addresses: [] }))]
  return withConfig(
    { nics, agentEnabled: true },
    {
      interfaces: [
        { name, mac, addresses: [{ address: '10.0.100.10', prefixLength: 24, family: 4 }] }
      ]
    }
  )
}

for (const version of ['4.5.9', '4.7.3'])
  t.test(`parts are called with what they belong to, once (${version})`, async (t) => {
    const world = new World(version)
    runOn(world, estate([guest(100)]))
    t.same(labels(world), ['vm100 net0', 'vm100 scsi0', `vm100 net0 ${mac}`])
    t.same(labels(world, ['interface:ncaaaaaaaa/eno1', ipKey]), ['pve1 eno1', '10.0.100.10/24'])
    const { adoptions, changes } = planFor(world, estate([guest(100)]), { now: day(1) })
    t.same([adoptions, changes], [[], []], 'the second Run learns nothing')
  })

t.test('parts follow their guest when it is renamed, without a write', async (t) => {
  const world = new World()
  runOn(world, estate([guest(100)]))
  const plan = runOn(world, estate([named('web')]), 1)
  t.same(
    plan.changes.map((one) => one.key),
    [key]
  )
  t.match(plan.adoptions, { length: parts.length }, 'and nothing of the address')
  t.ok(plan.adoptions.every(({ values, kind }) => Object.keys(values).length === 0 && kind))
  t.same(labels(world), ['web net0', 'web scsi0', `web net0 ${mac}`])
})

t.test('parts are called as a person calls their guest', async (t) => {
  const world = new World()
  runOn(world, estate([guest(100)]))
  world.edit(key, { name: 'shop' })
  runOn(world, estate([guest(100)]), 1)
  t.same(labels(world), ['shop net0', 'shop scsi0', `shop net0 ${mac}`])
})

t.test('while a new name is held, parts keep the old one', async (t) => {
  const world = new World()
  const vmids = Array.from({ length: 12 }, (_, index) => 101 + index)
  const all = (name: string) => vmids.map((vmid) => guest(vmid, nameOf(guest(vmid), name)))
  runOn(world, estate(all('old')))
  const plan = runOn(world, estate(all('new')), 1)
  t.equal(plan.held.length, vmids.length)
  t.equal(world.ledger.get('vm:caaaaaaaa/qemu/101/net0')?.label, 'old101 net0')
  runOn(world, estate(all('new')), 1, { budget: false })
  t.equal(world.ledger.get('vm:caaaaaaaa/qemu/101/net0')?.label, 'new101 net0')
})

function nameOf({ vmid, config }: Guest, prefix: string, suffix = `${vmid}`): Partial<Guest> {
  const name = `${prefix}${suffix}`
  return config === undefined ? { name } : { name, config: { ...config, name } }
}

t.test('a part that is renamed has its new name, and so has what hangs on it', async (t) => {
  const world = new World()
  const own = endpoint({ policies: { 'vm-interface.name': 'source' } })
  runOn(world, estate([withNic('ens18')]), 0, own)
  t.same(labels(world), ['vm100 ens18', 'vm100 scsi0', `vm100 ens18 ${mac}`])
  const plan = runOn(world, estate([withNic('lan')]), 1, own)
  t.match(
    plan.changes.find((one) => one.key === `${key}/net0`),
    { label: 'vm100 ens18', after: { name: 'lan' } },
    'a Change is labelled by the name before it'
  )
  t.same(labels(world), ['vm100 lan', 'vm100 scsi0', `vm100 lan ${mac}`])
})

t.test('a late field that follows a new name brings no old one back', async (t) => {
  const world = new World()
  const nics = nicsOf(guest(100)).map((nic) => ({ ...nic, addresses: [] }))
  const called = (name: string) =>
    withConfig({ nics, agentEnabled: true }, { interfaces: [{ name, mac, addresses: [] }] })
  runOn(world, estate([called('net0')]))
  runOn(world, estate([withConfig({ nics: [] })]), 1, { budget: false })
  const plan = runOn(world, estate([called('ens18')]), 2)
  t.same(
    plan.steps.flatMap(({ entries }) =>
      entries.filter((one) => one.key === `${key}/net0`).map(({ fields }) => fields)
    ),
    [['name'], ['primary_mac_address']]
  )
  t.same(labels(world, [`${key}/net0`, macKey]), ['vm100 ens18', `vm100 ens18 ${mac}`])
})

t.test('guest and part get new names in one Run, and a part comes', async (t) => {
  const world = new World()
  const own = endpoint({ policies: { 'vm-interface.name': 'source' } })
  runOn(world, estate([withNic('ens18')]), 0, own)
  const after = withNic('lan', ['net1'])
  runOn(world, estate([{ ...after, ...nameOf(after, 'web') }]), 1, own)
  t.same(labels(world, [...parts, `${key}/net1`, `mac:${key}/net1/BC:24:11:00:01:00`]), [
    'web100 lan',
    'web100 scsi0',
    `web100 lan ${mac}`,
    'web100 net1',
    'web100 net1 BC:24:11:00:01:00'
  ])
})

t.test('what was adopted is called as NetBox calls it, once', async (t) => {
  const world = handKept()
  const vm = { ref: 'netbox:vm/3' }
  const nic = world.add('vm-interface', { name: 'uplink', virtual_machine: vm, tags: [] }, 'uplink')
  world.edit('netbox:vm/3', { name: 'vm100' })
  runOn(world, estate([guest(100)]))
  t.equal(world.ledger.get(`${key}/net0`)?.netbox_id, nic.netbox_id)
  t.same(labels(world), ['vm100 uplink', 'vm100 scsi0', `vm100 uplink ${mac}`])
})

t.test('what is missing or goes keeps the name of its guest', async (t) => {
  const world = new World()
  runOn(world, estate([withNic('ens18', ['net1']), guest(101)]))
  const without = named('web', { nics: nicsOf(guest(100)) })
  const plan = runOn(world, estate([without, guest(101)]), 1)
  const one = `${key}/net1`
  t.match(
    plan.adoptions.find((adoption) => adoption.key === one),
    { label: 'web net1', missing_since: day(1) }
  )
  t.match(
    plan.changes.find(({ action }) => action === 'delete'),
    { kind: 'mac-address', label: /^web net1 BC/ }
  )
  runOn(world, estate([named('shop', { nics: nicsOf(guest(100)) }), guest(101)]), 2)
  t.equal(world.ledger.get(one)?.label, 'shop net1', 'it follows while it is missing')
})

t.test('parts of a guest that gives its name away follow', async (t) => {
  const world = new World()
  const web = (vmid: number): Guest => ({ ...guest(vmid), ...nameOf(guest(vmid), 'web', '') })
  runOn(world, estate([web(100), guest(102)]))
  const seen = estate([web(101), guest(102)])
  const asked = planFor(world, seen, { now: day(1) }).conflicts
  const decided = asked.map((one) => [one, 'create'] as const)
  world.apply(planDecided(world, seen, decided, { now: day(1) }))
  t.same(labels(world, [`${key}/net0`, 'vm:caaaaaaaa/qemu/101/net0']), [
    'web (100) net0',
    'web net0'
  ])
})

t.test('a part that is held is named with its guest', async (t) => {
  const world = handKept()
  const vm = { ref: 'netbox:vm/3' }
  for (const name of ['left', 'right']) {
    const nic = world.add('vm-interface', { name, virtual_machine: vm, tags: [] }, name)
    world.add('mac-address', { mac_address: mac, assigned_object: { ref: nic.key } }, mac)
  }
  const plan = planFor(world, estate([guest(100)]))
  t.match(plan.conflicts, [{ key: `${key}/net0`, code: 'ambiguous', label: /^vm100 / }])
  t.match(plan.held.find(({ change }) => change.key === `${key}/net0`)?.change.label, /^vm100 /)
})

t.test('what the Ledger calls by its own name alone is learned', async (t) => {
  const world = new World()
  runOn(world, estate([guest(100)]))
  const row = world.ledger.get(`${key}/net0`)
  if (row === undefined) throw new Error('no row')
  world.ledger.set(row.key, { ...row, label: 'net0' })
  runOn(world, estate([guest(100)]), 1)
  t.same(labels(world), ['vm100 net0', 'vm100 scsi0', `vm100 net0 ${mac}`])
})
