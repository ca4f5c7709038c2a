import type { Estate, Fields, Guest, NodeInterface } from '@proxbox/contracts'
import t from 'tap'
import { changeOf, endpoint, handKept, key, planFor, runOn, withConfig } from './planned.ts'
import { estate, guest, World } from './world.ts'

const vm = { ref: 'netbox:vm/3' }
const at = (name: string): string => `interface:ncaaaaaaaa/${name}`

/** Guest 100 with these NICs; the agent tells their names, where it tells one. */
function withNics(...names: (string | undefined)[]): Guest {
  const [first] = guest(100).config?.nics ?? []
  if (first === undefined) throw new Error('no NIC')
  const macOf = (index: number): string => `BC:24:11:00:01:0${index}`
  const nics = names.map((_, index) => ({
    ...first,
    slot: `net${index}`,
    mac: macOf(index),
    addresses: []
  }))
  const interfaces = names.flatMap((name, index) =>
    name === undefined ? [] : [{ name, mac: macOf(index), addresses: [] }]
  )
  return withConfig({ nics, agentEnabled: true }, { interfaces })
}

/** A NetBox with guest 100, and these interfaces of it. */
function holding(...interfaces: Fields[]): { world: World; ids: readonly number[] } {
  const world = handKept()
  const ids = interfaces.map(({ mac, ...fields }) => {
    const nic = world.add('vm-interface', { virtual_machine: vm, tags: [], ...fields })
    if (mac === undefined) return nic.netbox_id
    const made = world.add('mac-address', { mac_address: mac, assigned_object: { ref: nic.key } })
    world.edit(nic.key, { primary_mac_address: { ref: made.key } })
    return nic.netbox_id
  })
  return { world, ids }
}

const idOf = (world: World, of: string): number | undefined => world.ledger.get(of)?.netbox_id

t.test("an interface is found by netN and by the guest's name, whatever is written", async (t) => {
  for (const useGuestAgentInterfaceName of [true, false])
    for (const [zero, one] of [
      ['ens18', 'ens19'],
      ['net0', 'net1'],
      ['ENS18', 'net1']
    ]) {
      const { world, ids } = holding({ name: one ?? '' }, { name: zero ?? '' })
      runOn(world, estate([withNics('ens18', 'ens19')]), 0, { useGuestAgentInterfaceName })
      t.same([idOf(world, `${key}/net1`), idOf(world, `${key}/net0`)], ids, `${zero} ${one}`)
      t.equal(world.stored(`${key}/net0`).name, zero, 'a name by hand stays')
    }
})

t.test("a container's own name is in its configuration: nobody must be asked", async (t) => {
  const { config } = guest(100)
  const [nic] = config?.nics ?? []
  if (config === undefined || nic === undefined) throw new Error('no NIC')
  const nics = [
    { ...nic, guestName: 'lan' },
    { ...nic, slot: 'net1', mac: 'BC:24:11:00:01:01', guestName: 'dmz', addresses: [] }
  ]
  const seen = estate([guest(100, { type: 'lxc', config: { ...config, nics } })])
  const { world, ids } = holding({ name: 'dmz' }, { name: 'lan' })
  runOn(world, seen, 0, { useGuestAgentInterfaceName: false })
  const own = key.replace('qemu', 'lxc')
  t.same([idOf(world, `${own}/net1`), idOf(world, `${own}/net0`)], ids)
})

t.test('a MAC goes before a name, for all NICs before any name is looked for', async (t) => {
  const { world, ids } = holding({ name: 'ens18', mac: 'bc:24:11:00:01:01' }, { name: 'uplink' })
  runOn(world, estate([withNics('ens18', 'ens19')]))
  t.equal(idOf(world, `${key}/net1`), ids[0])
})

t.test('names that differ in case alone are two: the exact one, else a person says', async (t) => {
  const two = [{ name: 'ENS18' }, { name: 'ens18' }]
  const { world, ids } = holding(...two)
  runOn(world, estate([withNics('ens18')]))
  t.equal(idOf(world, `${key}/net0`), ids[1])
})

t.test('of several with the MAC the one of its name, else a person says which', async (t) => {
  const mac = 'BC:24:11:00:01:00'
  const bond = [
    { name: 'bond0', mac },
    { name: 'ens18', mac }
  ]
  const { world, ids } = holding(...bond)
  runOn(world, estate([withNics('ens18')]))
  t.equal(idOf(world, `${key}/net0`), ids[1])
  const plan = planFor(holding(...bond).world, estate([withNics('lan')]))
  t.match(plan.conflicts, [{ key: `${key}/net0`, code: 'ambiguous' }])
  t.equal(changeOf(plan, `${key}/net0`), undefined, 'none is made beside them')
})

t.test(
  'the only one by hand has neither our name nor our MAC, and is ours from then on',
  async (t) => {
    const { world, ids } = holding({ name: 'lan', mac: '02:00:00:00:00:01' })
    const seen = estate([withNics('ens18')])
    runOn(world, seen)
    t.match(world.ledger.get(`${key}/net0`), { netbox_id: ids[0], origin: 'adopted' })
    t.equal(world.stored(`${key}/net0`).name, 'lan')
    world.add('vm-interface', { name: 'wg0', virtual_machine: vm, tags: [] })
    runOn(world, seen, 1)
    t.equal(idOf(world, `${key}/net0`), ids[0], 'another one beside it changes nothing')
  }
)

t.test('what another NIC is called is that one', async (t) => {
  const { world } = holding()
  const seen = estate([withNics(undefined, undefined)])
  runOn(world, seen)
  const [first, second] = [idOf(world, `${key}/net0`), idOf(world, `${key}/net1`)]
  // A dump of other times is put back, which gave the same ids to other interfaces.
  const [a, b] = [world.stored(`${key}/net0`), world.stored(`${key}/net1`)]
  world.edit(`${key}/net0`, b)
  world.edit(`${key}/net1`, a)
  for (const one of world.objects.values())
    if (one.kind === 'mac-address') {
      const isZero = one.fields.mac_address === 'BC:24:11:00:01:00'
      const ref = `netbox:vm-interface/${isZero ? second : first}`
      world.edit(one.key, { assigned_object: { ref } })
    }
  const plan = planFor(world, seen)
  t.same(plan.changes, [])
  const idIn = (of: string) => plan.adoptions.find((adoption) => adoption.key === of)?.netbox_id
  t.same([idIn(`${key}/net0`), idIn(`${key}/net1`)], [second, first])
})

t.test('disks: the only one of equal size, in whichever base it was entered', async (t) => {
  const disk = (slot: string, gib: number) => ({
    slot,
    sizeBytes: gib * 2 ** 30,
    media: 'disk' as const
  })
  const [eight, eightInThousands, nine] = [8192, 8590, 9216]
  const cases: [number, number[], ReturnType<typeof disk>[], number | undefined][] = [
    [1024, [eightInThousands, 500], [disk('scsi0', 8)], 0],
    [1000, [eight, 500], [disk('scsi0', 8)], 0],
    [1024, [eightInThousands, eight], [disk('scsi0', 8)], 1],
    [1024, [eightInThousands, eightInThousands], [disk('scsi0', 8)], undefined],
    [1024, [eightInThousands, nine], [disk('scsi0', 8), disk('scsi1', 9)], 0],
    [1024, [eightInThousands], [disk('scsi0', 8), disk('scsi1', 8)], undefined]
  ]
  for (const [diskBase, sizes, disks, at] of cases) {
    const world = handKept()
    const ids = sizes.map(
      (size, index) => world.add('disk', { name: `d${index}`, size, virtual_machine: vm }).netbox_id
    )
    const plan = planFor(world, estate([withConfig({ disks })]), endpoint({ diskBase }))
    const found = plan.adoptions.find((one) => one.key === `${key}/scsi0`)
    const title = `${sizes.join()} in ${diskBase}`
    t.equal(found?.netbox_id, at === undefined ? undefined : ids[at], title)
    t.notOk(plan.changes.some(({ kind, action }) => kind === 'disk' && action === 'create'))
    t.equal(
      plan.conflicts.some(({ code }) => code === 'ambiguous'),
      at === undefined,
      title
    )
  }
})

t.test('such a disk stays ours while nobody has decided about its unit', async (t) => {
  const world = handKept()
  const { netbox_id } = world.add('disk', { name: 'root', size: 8590, virtual_machine: vm })
  for (const days of [0, 1]) {
    const plan = runOn(world, estate([guest(100)]), days)
    t.match(plan.conflicts, [{ code: 'unit-base', field: 'disk_base' }])
    t.equal(idOf(world, `${key}/scsi0`), netbox_id)
    t.same([world.stored(`${key}/scsi0`).name, world.stored(`${key}/scsi0`).size], ['root', 8590])
  }
})

/** The node with these interfaces. */
function nodeWith(...interfaces: Partial<NodeInterface>[]): Estate {
  const seen = estate([])
  const clusters = seen.clusters.map((cluster) => ({
    ...cluster,
    nodes: cluster.nodes.map((node) => ({
      ...node,
      interfaces: (node.interfaces ?? [])
        .slice(1)
        .flatMap((one) => interfaces.map((other) => ({ ...one, ...other })))
    }))
  }))
  return { ...seen, clusters }
}

/** A device by hand with these interfaces. */
function racked(...interfaces: Fields[]): { world: World; ids: readonly number[] } {
  const world = new World()
  const device = world.add('device', { name: 'pve1', site: { ref: 'netbox:site/1' }, tags: [] })
  const ids = interfaces.map(
    (fields) =>
      world.add('interface', { device: { ref: device.key }, tags: [], ...fields }).netbox_id
  )
  return { world, ids }
}

t.test('the only port, bridge or bond of a device is that of the node', async (t) => {
  const port = { name: 'Gig-E 1', type: '1000base-t' }
  const forms: [Fields[], Partial<NodeInterface>[], string, number | undefined][] = [
    [[port], [{ name: 'eno1' }], 'eno1', 0],
    [[port], [{ name: 'eno1' }, { name: 'vmbr0', type: 'bridge' }], 'eno1', 0],
    [[port, { name: 'br', type: 'bridge' }], [{ name: 'vmbr0', type: 'OVSBridge' }], 'vmbr0', 1],
    [[{ name: 'LAG 1', type: 'lag' }], [{ name: 'bond0', type: 'bond' }], 'bond0', 0],
    [[port], [{ name: 'eno1' }, { name: 'eno2' }], 'eno1', undefined],
    [[port, { ...port, name: 'Gig-E 2' }], [{ name: 'eno1' }], 'eno1', undefined],
    [[{ ...port, mgmt_only: true }], [{ name: 'eno1' }], 'eno1', undefined],
    [[{ ...port, name: 'ipmi', mgmt_only: true }, port], [{ name: 'eno1' }], 'eno1', 1],
    [[{ name: 'br', type: 'bridge' }], [{ name: 'eno1' }], 'eno1', undefined],
    [[{ name: 'lo0', type: 'virtual' }], [{ name: 'vmbr0.5', type: 'vlan' }], 'vmbr0.5', undefined],
    [[{ name: 'wlan0', type: 'ieee802.11ax' }], [{ name: 'eno1' }], 'eno1', undefined],
    [
      [{ name: 'eno1', type: 'virtual' }, port],
      [{ name: 'eno1' }, { name: 'eno2' }],
      'eno2',
      undefined
    ]
  ]
  for (const [all, interfaces, name, index] of forms) {
    const { world, ids } = racked(...all)
    const plan = planFor(world, nodeWith(...interfaces))
    const found = plan.adoptions.find((one) => one.key === at(name))
    const title = `${JSON.stringify(all)} ${name}`
    t.equal(found?.netbox_id, index === undefined ? undefined : ids[index], title)
    if (found !== undefined) t.match(found, { evidence_of_match: 'only-one' })
    t.same(plan.conflicts, [])
  }
})

t.test('such a port keeps what a person has said, and is not looked for again', async (t) => {
  const { world, ids } = racked({ name: 'Gig-E 1', type: '1000base-t', enabled: false })
  const mac = world.add('mac-address', {
    mac_address: '02:00:00:00:00:02',
    assigned_object: { ref: `netbox:interface/${ids[0]}` }
  })
  world.edit(`netbox:interface/${ids[0]}`, { primary_mac_address: { ref: mac.key } })
  runOn(world, nodeWith({ name: 'eno1', mtu: 9000 }))
  const { name, type, enabled, mtu } = world.stored(at('eno1'))
  t.same([name, type, enabled, mtu], ['Gig-E 1', '1000base-t', false, 9000])
  runOn(world, nodeWith({ name: 'eno1', mtu: 9000 }, { name: 'eno2' }), 1)
  t.equal(idOf(world, at('eno1')), ids[0])
  t.match(world.ledger.get(at('eno2')), { origin: 'created' })
})

t.test('a port of ours that a person renames and gives a MAC stays the same one', async (t) => {
  const world = new World()
  runOn(world, nodeWith({ name: 'eno1' }, { name: 'eno2' }))
  const id = idOf(world, at('eno1'))
  const mac = world.add('mac-address', {
    mac_address: '02:00:00:00:00:02',
    assigned_object: { ref: `netbox:interface/${id}` }
  })
  world.edit(at('eno1'), { name: 'uplink', primary_mac_address: { ref: mac.key } })
  t.same(runOn(world, nodeWith({ name: 'eno1' }, { name: 'eno2' }), 1).changes, [])
  t.match(world.ledger.get(at('eno1')), { netbox_id: id, origin: 'created' })
  t.equal(world.stored(at('eno1')).name, 'uplink')
})
