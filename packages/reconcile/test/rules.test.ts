import type { ClusterEstate, CurrentItem, Gap, Guest } from '@proxbox/contracts'
import t from 'tap'
import { beside, changeOf, codes, endpoint, key, planFor, withConfig } from './planned.ts'
import { estate, guest, World } from './world.ts'

t.test('a gap spares what lies in its place and facet, and nothing else', async (t) => {
  const world = new World()
  const agent = [
    {
      name: 'ens18',
      mac: 'BC:24:11:00:00:64',
      addresses: [{ address: '10.0.100.11', prefixLength: 24, family: 4 as const }]
    }
  ]
  world.apply(planFor(world, beside(guest(100, { interfaces: agent }))))
  const smaller = withConfig(
    { disks: [], nics: [], name: 'other', tags: [], memoryMiB: 4096 },
    { name: 'other' }
  )
  const places: Partial<Gap>[] = [
    { scope: 'guest', vmid: 100 },
    { scope: 'node', node: 'pve1' },
    { scope: 'guests' },
    { scope: 'cluster' }
  ]
  const elsewhere: Partial<Gap>[] = [
    { scope: 'guest', vmid: 101 },
    { scope: 'node', node: 'pve2' },
    { scope: 'nodes' },
    { scope: 'storage', storage: 'ceph' }
  ]
  const told = (more: Partial<Gap>): Gap => ({
    cluster: 'caaaaaaaa',
    scope: 'guest',
    facet: 'list',
    reason: 'timeout',
    detail: '',
    ...more
  })
  const planned = (gap: Gap) => {
    const seen = beside(smaller)
    return planFor(world, { ...seen, gaps: [gap] })
  }
  const isHarm = (gap: Gap) =>
    planned(gap).changes.some(
      ({ action, after, key }) => action === 'delete' || (key.startsWith('vm:') && 'name' in after)
    )
  for (const facet of ['list', 'status', 'permissions'] as const) {
    for (const place of places) {
      const gap = told({ ...place, facet })
      t.notOk(isHarm(gap), `${gap.scope} ${facet}`)
      t.equal(changeOf(planned(gap), key)?.after.memory, 4096, 'a fact that was read is written')
    }
    for (const place of elsewhere)
      t.ok(isHarm(told({ ...place, facet })), `${place.scope} ${facet}`)
  }
  t.notOk(isHarm(told({ facet: 'config', vmid: 100 })))
  t.notOk(isHarm(told({ facet: 'config', scope: 'node', node: 'pve1' })))
  t.ok(isHarm(told({ facet: 'snapshots', vmid: 100 })))
  t.ok(
    isHarm(told({ facet: 'agent', vmid: 100 })),
    'a silent agent does not hide the configuration'
  )
  const disk = (storage: string) =>
    planned(told({ scope: 'storage', facet: 'content', storage })).changes.some(
      (change) => change.kind === 'disk' && change.action === 'delete'
    )
  t.notOk(disk('local'))
  t.ok(disk('ceph'))
})

t.test('a silent agent changes neither addresses, names nor the primary one', async (t) => {
  const world = new World()
  const always = endpoint({ primaryIpPolicy: 'always' })
  const told = guest(100, {
    interfaces: [
      {
        name: 'ens18',
        mac: 'BC:24:11:00:00:64',
        addresses: [{ address: '10.0.100.11', prefixLength: 24, family: 4 }]
      }
    ]
  })
  world.apply(planFor(world, estate([told]), always))
  t.same(world.stored(key).primary_ip4, { ref: placeOf(world, `ip:${key}/net0/10.0.100.11`) })
  const gap: Gap = {
    cluster: 'caaaaaaaa',
    scope: 'guest',
    vmid: 100,
    facet: 'agent',
    reason: 'timeout',
    detail: ''
  }
  t.same(planFor(world, { ...estate([guest(100)]), gaps: [gap] }, always).changes, [])
})

const placeOf = (world: World, of: string): string => {
  const row = world.ledger.get(of)
  if (row === undefined) throw new Error(`no ${of}`)
  return `netbox:${row.kind}/${row.netbox_id}`
}

t.test('names: swapped, moved along, shortened, taken', async (t) => {
  const named = (vmid: number, name: string) =>
    guest(vmid, { name, config: { ...guest(vmid).config, name } as Guest['config'] & object })
  const world = new World()
  world.apply(planFor(world, estate([named(100, 'a'), named(101, 'b'), named(102, 'c')])))
  const swapped = planFor(world, estate([named(100, 'b'), named(101, 'a'), named(102, 'c')]))
  t.same(
    swapped.steps.map(({ entries }) => entries.map((one) => [one.key.slice(-3), one.values?.name])),
    [
      [['100', `proxbox-rename-vm-${world.ledger.get(key)?.netbox_id}`]],
      [['101', undefined]],
      [['100', undefined]]
    ]
  )
  t.same(swapped.steps[2]?.entries[0]?.before, swapped.steps[0]?.entries[0]?.values)
  const chain = planFor(world, estate([named(100, 'b'), named(101, 'c'), named(102, 'd')]))
  t.same(
    chain.steps.map(({ entries }) => entries.map((one) => one.key.slice(-3))),
    [['102'], ['101'], ['100']]
  )
  const long = planFor(
    world,
    estate([named(100, 'x'.repeat(70)), named(103, 'c'), named(102, 'c')])
  )
  t.match(long.notices, [
    { code: 'NAME_SHORTENED', detail: /70 characters/ },
    { code: 'NAME_TAKEN', label: 'c', detail: /"c \(103\)"/ }
  ])
  world.edit(key, { name: 'z' })
  const edited = planFor(world, estate([named(100, 'a'), named(105, 'z')]))
  t.equal(changeOf(edited, 'vm:caaaaaaaa/qemu/105')?.after.name, 'z (105)', "a person's name stays")
})

t.test(
  'devices are adopted by custom fields, by name in site or cluster, by management address',
  async (t) => {
    const made = (fields: CurrentItem['fields'], more = (_: World, __: CurrentItem) => {}) => {
      const world = new World()
      const device = world.add('device', fields)
      more(world, device)
      const plan = planFor(world, estate([]))
      const found = plan.adoptions.find((one) => one.kind === 'device')
      const change = plan.changes.find((one) => one.kind === 'device')
      return [found?.evidence_of_match, change?.action, change?.origin]
    }
    const site = { ref: 'netbox:site/1' }
    t.same(made({ name: 'x', 'cf.proxmox_node': 'pve1', 'cf.proxmox_cluster': 'lab' }), [
      'custom-field',
      'update',
      'adopted'
    ])
    t.same(made({ name: 'PVE1', site }), ['name', 'update', 'adopted'])
    t.same(made({ name: 'pve1.example.org', site }), ['name', 'update', 'adopted'])
    t.same(made({ name: 'pve1.example.org' }), [undefined, 'create', 'created'])
    const address = (world: World, device: CurrentItem) => {
      const port = world.add('interface', { name: 'mgmt', device: { ref: device.key } })
      world.add('ip-address', {
        address: '192.0.2.10/24',
        vrf: null,
        assigned_object: { ref: port.key }
      })
    }
    t.same(made({ name: 'other' }, address), ['address', 'update', 'adopted'])
    t.same(
      made({ name: 'other', 'cf.proxmox_node': 'pve1', 'cf.proxmox_cluster': 'else' }, address),
      [undefined, 'create', 'created'],
      'not one of another cluster'
    )
  }
)

t.test(
  'a cluster that the Endpoint names is adopted wherever it is, and its site is used',
  async (t) => {
    const world = new World()
    const other = world.add('site', { name: 'Two', slug: 'two' })
    const cluster = world.add('cluster', { name: 'Prod', scope: { ref: other.key } })
    const { connections } = world.options()
    const named = Object.fromEntries(
      Object.entries(connections).map(([id, one]) => [id, { ...one, netboxCluster: 'prod' }])
    )
    const plan = planFor(world, estate([guest(100)]), { connections: named })
    t.equal(plan.adoptions.find((one) => one.kind === 'cluster')?.netbox_id, cluster.netbox_id)
    t.same(changeOf(plan, key)?.after.site, { ref: other.key })
    world.add('cluster', { name: 'prod', scope: null })
    const twice = planFor(world, estate([guest(100)]), { connections: named })
    t.ok(codes(twice).some((code) => code === 'ITEM_AMBIGUOUS' || code === 'SITE_MISSING'))
    t.notOk(twice.changes.some(({ kind }) => kind === 'vm'))
  }
)

t.test('several candidates hold an Item and what refers to it', async (t) => {
  const world = new World()
  const cluster = world.add('cluster', { name: 'lab', scope: { ref: 'netbox:site/1' } })
  for (const tenant of [1, 2]) {
    world.add('vm', {
      name: 'vm100',
      cluster: { ref: cluster.key },
      tenant: { ref: `netbox:tenant/${tenant}` }
    })
  }
  const plan = planFor(world, estate([guest(100), guest(101)]))
  const held = plan.held.filter(({ change }) => change.key.includes(key))
  t.match(
    held.find(({ change }) => change.key === key),
    { code: 'ITEM_AMBIGUOUS', reason: /vm 3.*vm 4/ }
  )
  t.same(held.map(({ change }) => change.kind).sort(), [
    'disk',
    'ip-address',
    'mac-address',
    'vm',
    'vm-interface'
  ])
  t.ok(changeOf(plan, 'vm:caaaaaaaa/qemu/101'))
})

t.test("an adopted object's custom fields are filled; a person's stay", async (t) => {
  const world = new World()
  const cluster = world.add('cluster', { name: 'lab', scope: { ref: 'netbox:site/1' } })
  world.add('vm', {
    name: 'vm100',
    cluster: { ref: cluster.key },
    tags: [],
    'cf.proxmox_os': null,
    'cf.proxmox_pool': 'mine'
  })
  const seen = estate([guest(100, { pool: 'prod' })])
  world.apply(planFor(world, seen))
  t.equal(world.stored(key)['cf.proxmox_pool'], 'mine')
  t.equal(world.stored(key)['cf.proxmox_vm_id'], 100)
  t.same(planFor(world, seen).changes, [])
  world.apply(planFor(world, estate([guest(100, { pool: 'prod', node: 'pve9' })])))
  t.equal(world.stored(key)['cf.proxmox_node'], 'pve9', 'what we wrote is kept up')
})

t.test('clusters with one name: an id in brackets, which stays when one is not read', async (t) => {
  const world = new World()
  const both = {
    clusters: [
      ...estate([guest(100)]).clusters,
      ...estate([guest(100)], 'cbbbbbbbb').clusters
    ] as ClusterEstate[],
    gaps: []
  }
  world.apply(planFor(world, both))
  t.equal(world.stored(key)['cf.proxmox_cluster'], 'lab (caaaaaaaa)')
  t.equal(world.stored('cluster:cbbbbbbbb').name, 'lab (pve1)')
  for (const cluster of both.clusters)
    t.same(planFor(world, { clusters: [cluster], gaps: [] }).changes, [])
})

t.test('interfaces that exchange their names in the guest go through another name', async (t) => {
  const world = new World()
  const [nic] = guest(100).config?.nics ?? []
  if (nic === undefined) throw new Error('no NIC')
  const nics = [nic, { ...nic, slot: 'net1', mac: 'BC:24:11:00:00:FF', addresses: [] }]
  const named = (first: string, second: string) =>
    estate([
      withConfig(
        { nics },
        {
          interfaces: [
            { name: first, mac: 'BC:24:11:00:00:64', addresses: [] },
            { name: second, mac: 'BC:24:11:00:00:FF', addresses: [] }
          ]
        }
      )
    ])
  world.apply(planFor(world, named('eth0', 'eth1')))
  t.equal(world.stored(`${key}/net0`).name, 'eth0')
  const { steps, changes } = planFor(world, named('eth1', 'eth0'))
  t.equal(changes.length, 2)
  t.match(
    steps.map(({ entries }) => entries.map((one) => [one.key, one.values?.name])),
    [
      [[`${key}/net0`, /^proxbox-rename-/]],
      [[`${key}/net1`, undefined]],
      [[`${key}/net0`, undefined]]
    ]
  )
})
