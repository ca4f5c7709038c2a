import type { ClusterEstate, CurrentItem, Estate, Fields } from '@proxbox/contracts'
import t from 'tap'
import { changeOf, endpoint, handKept, key, planFor, runOn, withConfig } from './planned.ts'
import { estate, guest, World } from './world.ts'

const site = { ref: 'netbox:site/1' }
const device = 'device:ncaaaaaaaa'
const seen = estate([guest(100)])
const two = (...names: [string, string]): Estate => ({
  gaps: [],
  clusters: names.flatMap((name, index): ClusterEstate[] => [
    ...estate([guest(100)], index === 0 ? 'caaaaaaaa' : 'cbbbbbbbb', name).clusters
  ])
})
const foundIn = (world: World, of: string, what = seen) =>
  planFor(world, what).adoptions.find((one) => one.key === of)?.netbox_id

t.test('a node by its name in its site or cluster: of two a person says which', async (t) => {
  const world = new World()
  const cluster = world.add('cluster', { name: 'lab', scope: site })
  const far = { ref: world.add('site', { name: 'Two', slug: 'two' }).key }
  const { connections } = world.options()
  const home = Object.fromEntries(
    Object.entries(connections).map(([id, one]) => [id, { ...one, site: 'home' }])
  )
  const add = (fields: Fields) => world.add('device', { name: 'pve1', tags: [], ...fields })
  const placed = (world: World) => planFor(world, seen, { connections: home })
  const inCluster = add({ site: far, cluster: { ref: cluster.key } })
  t.equal(placed(world).adoptions.find((one) => one.key === device)?.netbox_id, inCluster.netbox_id)
  add({ site })
  t.match(
    placed(world).conflicts.find((one) => one.key === device),
    { code: 'ambiguous', detail: /2 objects/ }
  )
})

t.test('a node marked for no cluster is found in its own site, and nowhere else', async (t) => {
  const mark: Fields = { name: 'called otherwise', tags: [], 'cf.proxmox_node': 'pve1' }
  const world = new World()
  const own = world.add('device', { ...mark, site })
  t.equal(foundIn(world, device), own.netbox_id)
  const other = new World()
  const far = other.add('location', { name: 'x', slug: 'x' })
  other.add('device', { ...mark, site: { ref: far.key } })
  t.equal(foundIn(other, device), undefined)
})

t.test('what lies in the cluster of another one of ours is never taken', async (t) => {
  const places: [string, (world: World, at: Fields) => CurrentItem][] = [
    ['by name', (world, at) => world.add('device', { name: 'pve1', site, tags: [], ...at })],
    [
      'by management address',
      (world, at) => {
        const made = world.add('device', { name: 'rack 1', site, tags: [], ...at })
        const port = world.add('interface', { name: 'mgmt', device: { ref: made.key } })
        const assigned_object = { ref: port.key }
        world.add('ip-address', { address: '192.0.2.10/24', vrf: null, assigned_object })
        return made
      }
    ]
  ]
  for (const [title, make] of places) {
    const world = new World()
    const other = world.add('cluster', { name: 'plant', scope: site })
    const made = make(world, { cluster: { ref: other.key } })
    t.equal(foundIn(world, device), made.netbox_id, `${title}: the cluster is nobody's`)
    const plan = planFor(world, two('lab', 'plant'))
    t.equal(
      plan.adoptions.find((one) => one.key === device),
      undefined,
      title
    )
    t.ok(
      plan.adoptions.some((one) => one.key === 'device:ncbbbbbbbb'),
      title
    )
  }
})

t.test('a guest by its name, unless it is marked for another cluster', async (t) => {
  for (const [label, isFound] of [
    ['', true],
    ['LAB', true],
    ['other', false]
  ] as const) {
    const world = handKept({ 'cf.proxmox_cluster': label })
    t.equal(foundIn(world, key) !== undefined, isFound, label)
  }
})

t.test('labels that differ in case alone carry the id', async (t) => {
  const world = new World()
  world.apply(planFor(world, two('Lab', 'lab')))
  t.equal(world.stored(key)['cf.proxmox_cluster'], 'Lab (caaaaaaaa)')
  t.equal(world.stored('vm:cbbbbbbbb/qemu/100')['cf.proxmox_cluster'], 'lab (cbbbbbbbb)')
  world.ledger.clear()
  const plan = planFor(world, two('Lab', 'lab'))
  t.same(
    plan.changes.filter(({ action }) => action === 'create'),
    []
  )
  t.same(plan.conflicts, [])
})

t.test('what is scoped to a cluster is seen in the first Run with it', async (t) => {
  const nic = withConfig({}).config?.nics[0]
  const tagged = estate([withConfig({ nics: nic === undefined ? [] : [{ ...nic, vlan: 20 }] })])
  const named = (world: World) => ({
    connections: Object.fromEntries(
      Object.entries(world.options().connections).map(([id, one]) => [
        id,
        { ...one, netboxCluster: 'Plant' }
      ])
    )
  })
  const location = (world: World) => ({
    ref: world.add('location', { name: 'room', slug: 'room', site }).key
  })
  const kept: [string, (world: World) => Fields[string], (world: World) => object][] = [
    ['lab', () => site, () => ({})],
    ['LAB', () => null, () => ({})],
    ['lab', location, () => ({})],
    ['plant', () => null, named],
    ['plant', location, named]
  ]
  for (const [name, scope, more] of kept) {
    const world = new World()
    const cluster = world.add('cluster', { name, scope: scope(world), tags: [] })
    const group = world.add('vlan-group', { name: 'g', slug: 'g', scope: { ref: cluster.key } })
    const vlan = world.add('vlan', { vid: 20, name: 'v', group: { ref: group.key } })
    runOn(world, tagged, 0, more(world))
    t.same(world.stored(`${key}/net0`).untagged_vlan, { ref: vlan.key }, `${name} ${scope}`)
  }
})

t.test('a cluster is the same one for what is scoped to it as for adoption', async (t) => {
  const nic = withConfig({}).config?.nics[0]
  const tagged = estate([withConfig({ nics: nic === undefined ? [] : [{ ...nic, vlan: 20 }] })])
  const vlanIn = (fields: Fields) => {
    const world = new World()
    const cluster = world.add('cluster', { tags: [], ...fields })
    const group = world.add('vlan-group', { name: 'g', slug: 'g', scope: { ref: cluster.key } })
    const vlan = world.add('vlan', { vid: 20, name: 'v', group: { ref: group.key } })
    const plan = planFor(world, tagged)
    const isAdopted = plan.adoptions.some(({ key: one }) => one === 'cluster:caaaaaaaa')
    const isUsed = JSON.stringify(changeOf(plan, `${key}/net0`)?.after).includes(vlan.key)
    return { isAdopted, isUsed }
  }
  const both = { isAdopted: true, isUsed: true }
  const neither = { isAdopted: false, isUsed: false }
  const mark = (label: string) => ({ 'cf.proxmox_cluster': label })
  t.same(vlanIn({ name: 'lab', scope: null, ...mark('') }), both)
  t.same(vlanIn({ name: 'lab', scope: null, ...mark('far') }), neither, 'marked for another')
  t.same(vlanIn({ name: 'renamed', scope: site, ...mark('lab') }), both, 'known by its mark')
  t.same(vlanIn({ name: 'renamed', scope: null, ...mark('lab') }), neither, 'in no site')
})

t.test('a platform is found by its slug, else by its name', async (t) => {
  const told = estate([withConfig({}, { os: { id: 'debian', versionId: '12.5' } })])
  const platform = (world: World) => changeOf(planFor(world, told), key)?.after.platform
  const world = new World()
  t.equal(platform(world), undefined, 'none is made')
  const named = world.add('platform', { name: 'Debian 12', slug: 'deb12' })
  t.same(platform(world), { ref: named.key })
  const create = planFor(world, told, endpoint({ platformCreate: true }))
  t.notOk(create.changes.some(({ kind }) => kind === 'platform'))
  world.add('platform', { name: 'debian 12', slug: 'other' })
  t.equal(platform(world), undefined, 'two of that name')
  const own = world.add('platform', { name: 'Bookworm', slug: 'debian-12' })
  t.same(platform(world), { ref: own.key })
})

t.test('a prefix around everything is a prefix too', async (t) => {
  const world = new World()
  const vrf = world.add('vrf', { name: 'Blue' })
  world.add('prefix', { prefix: '0.0.0.0/0', vrf: { ref: vrf.key }, scope: site })
  const address = changeOf(planFor(world, seen), `ip:${key}/net0/10.0.100.10`)
  t.same(address?.after.vrf, { ref: vrf.key })
})

t.test('an address is the same in any spelling', async (t) => {
  const nic = withConfig({}).config?.nics[0]
  const spelled = (...addresses: string[]) =>
    estate([withConfig({ nics: nic === undefined ? [] : [{ ...nic, addresses }] })])
  const world = new World()
  runOn(world, spelled('::FFFF:10.0.0.1/96', '2001:DB8:0::0:1/64'))
  for (const [host, told] of [
    ['::ffff:a00:1', '::ffff:10.0.0.1/96'],
    ['2001:db8::1', '2001:db8::1/64']
  ])
    world.edit(`ip:${key}/net0/${host}`, { address: told ?? '' })
  t.same(runOn(world, spelled('::ffff:a00:1/96', '2001:db8::1/64'), 1).changes, [])
})

t.test('a guest built again is known beside a stranger of its VMID', async (t) => {
  const follow = endpoint({ rebuiltPolicy: 'follow' })
  const again = (world: World) => {
    const rebuilt = guest(105, { ...guest(100), vmid: 105 })
    return changeOf(
      planFor(world, estate([rebuilt, guest(101)]), follow),
      key.replace('100', '105')
    )
  }
  const made = (fields: Fields) => {
    const world = new World()
    runOn(world, estate([guest(100), guest(101)]), 0, follow)
    const cluster = { ref: world.add('cluster', { name: 'far', scope: null }).key }
    world.add('vm', { name: 'far away', cluster, 'cf.proxmox_vm_id': 105, ...fields })
    return again(world)?.action
  }
  t.equal(made({ 'cf.proxmox_cluster': 'elsewhere' }), 'update')
  t.equal(made({ 'cf.proxmox_cluster': 'LAB' }), 'create', 'it may be that one')
})

t.test('texts end where NetBox counts characters, never within one', async (t) => {
  const wide = '😀'.repeat(150) + 'x'.repeat(100)
  const noted = {
    ...seen,
    clusters: seen.clusters.map((one) => ({
      ...one,
      nodes: one.nodes.map((node) => ({
        ...node,
        interfaces: (node.interfaces ?? []).map((port) => ({ ...port, comments: `  ${wide}` }))
      }))
    }))
  }
  const world = new World()
  runOn(world, noted)
  t.equal(world.stored('interface:ncaaaaaaaa/eno1').description, '😀'.repeat(150) + 'x'.repeat(50))
})

t.test('the Endpoint behind a name stays, whichever one reads the cluster', async (t) => {
  const world = new World()
  world.apply(planFor(world, two('lab', 'lab')))
  t.equal(world.stored('cluster:cbbbbbbbb').name, 'lab (pve1)')
  const { connections } = world.options()
  const other = Object.fromEntries(
    Object.entries(connections).map(([id, one]) => [id, { ...one, endpointName: `${id} too` }])
  )
  t.same(planFor(world, two('lab', 'lab'), { connections: other }).changes, [])
})
