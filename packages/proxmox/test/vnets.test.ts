import {
  addGuest,
  createWorld,
  type FaultKind,
  nodeOf,
  openProxmoxServer,
  setConfig,
  setPrivileges,
  type Version,
  type World
} from '@proxbox/simulator/proxmox'
import t from 'tap'
import { openProxmox, readClusterEstate } from '../src/index.ts'
import { connectionTo } from './connection.ts'

const facets = { agent: false, networks: true, storages: false }
const vnets = '/cluster/sdn/vnets'
const zones = '/cluster/sdn/zones'

async function openLab(version: Version) {
  const world = createWorld({ guests: 0, nodes: 2, clusterName: 'lab', version })
  addGuest(world, { vmid: 100, node: 'pve1' })
  addGuest(world, { vmid: 101, node: 'pve2' })
  const pristine = structuredClone(world)
  const server = await openProxmoxServer({ world, workers: false })
  const proxmox = openProxmox(connectionTo(server, { name: 'edge' }))
  t.teardown(async () => {
    await proxmox.close()
    await server.close()
  })
  return async (change: (world: World) => void, ...faults: [string, FaultKind][]) => {
    const { certificates } = world
    Object.assign(world, structuredClone(pristine), { certificates })
    server.faults.clear()
    change(world)
    const counts = () => [vnets, zones].map((path) => server.requests.count(path))
    const before = counts()
    for (const [route, kind] of faults)
      server.faults.add({ kind, on: ({ path }) => path === route })
    const options = { concurrency: 8, facets }
    const estate = await readClusterEstate(proxmox, options, AbortSignal.timeout(20_000))
    const gaps = estate.gaps.map(({ scope, node, facet, reason }) =>
      [scope, node, facet, reason].filter((part) => part !== undefined).join(' ')
    )
    const asked = counts().map((count, index) => count - (before[index] ?? 0))
    return { estate, gaps, asked, vnets: estate.vnets }
  }
}

const read9 = await openLab('9.2')
const read8 = await openLab('8.4')
const read7 = await openLab('7.4')

const on =
  (bridge: string, vmid = 100) =>
  (world: World) =>
    setConfig(world, vmid, 'net0', `virtio=BC:24:11:00:00:01,bridge=${bridge}`)
const onVnet = on('vnet10')
const vnet10 = { name: 'vnet10', zone: 'dc1', zoneType: 'vlan', zoneBridge: 'vmbr1', tag: 110 }
const rule = (world: World, rules: Record<string, string[]>) =>
  setPrivileges(world, world.tokens[0]?.id ?? '', rules)
const heldBy = (world: World) => world.tokens[0]?.rules[0]?.privileges ?? []
const without = (world: World, name: string) => heldBy(world).filter((one) => one !== name)

t.test('nobody without a need asks for SDN', async (t) => {
  const plain = await read9(() => {})
  t.strictSame([plain.asked, plain.vnets, plain.gaps], [[0, 0], undefined, []])
  const unread = await read9(onVnet, ['/nodes/pve1/network', 'internal'])
  t.strictSame([unread.asked, unread.vnets], [[0, 0], undefined], 'whose node tells no bridge')
  const gone = await read9(on('vmbr9'))
  t.strictSame([gone.asked, gone.vnets, gone.gaps], [[1, 0], [], []], 'a bridge that is gone')
})

t.test('a vnet with its zone, once for all NICs on it, and no other', async (t) => {
  for (const read of [read8, read9]) {
    const one = await read((world) => {
      onVnet(world)
      on('vnet10', 101)(world)
    })
    t.strictSame([one.asked, one.vnets, one.gaps], [[1, 1], [vnet10], []])
  }
  const both = await read9((world) => {
    on('vnet20', 100)(world)
    onVnet(world)
    on('vnet20', 101)(world)
  })
  t.strictSame(both.vnets, [
    vnet10,
    { name: 'vnet20', zone: 'wide', zoneType: 'vxlan', tag: 20_000 }
  ])
})

t.test('what is staged is not in force', async (t) => {
  const { vnets } = await read9((world) => {
    onVnet(world)
    on('vnet30', 101)(world)
    world.sdnStaged.vnets = {
      vnet10: { vnet: 'vnet10', zone: 'dc1', tag: 111, type: 'vnet' },
      vnet30: { vnet: 'vnet30', zone: 'dc1', tag: 130, type: 'vnet' }
    }
    world.sdnStaged.zones = { dc1: null }
  })
  t.strictSame(vnets, [vnet10])
  const { estate } = await read9((world) =>
    Object.assign(nodeOf(world, 'pve2'), { networkChanges: '+ bridge-ports eno4' })
  )
  t.strictSame(
    estate.nodes.map(({ networkStaged }) => networkStaged),
    [undefined, true]
  )
})

t.test('a release without SDN is no gap', async (t) => {
  const { asked, vnets, gaps } = await read7(onVnet)
  t.strictSame([asked, vnets, gaps], [[1, 0], [], []])
})

t.test('what fails is a gap; what is empty is an answer', async (t) => {
  const cases: readonly [string, FaultKind, string | undefined][] = [
    [vnets, 'internal', 'cluster sdn timeout'],
    [vnets, 'forbidden', 'cluster sdn denied'],
    [vnets, 'timeout', 'cluster sdn timeout'],
    [vnets, 'null-data', 'cluster sdn nonsense'],
    [vnets, 'wrong-types', 'cluster sdn nonsense'],
    [vnets, 'not-implemented', undefined],
    [vnets, 'empty-list', undefined],
    [zones, 'internal', 'cluster sdn timeout'],
    [zones, 'wrong-types', 'cluster sdn partial'],
    [zones, 'empty-list', 'cluster sdn partial'],
    [zones, 'not-implemented', 'cluster sdn error']
  ]
  for (const [path, fault, gap] of cases) {
    const { gaps, vnets } = await read9(onVnet, [path, fault])
    t.strictSame(gaps, gap === undefined ? [] : [gap], `${fault} of ${path}`)
    t.ok(vnets?.every(({ zoneType }) => zoneType === undefined) ?? true, 'no zone is made up')
  }
})

t.test('SDN hides what may not be seen, with a 200', async (t) => {
  const told = async (rules: (world: World) => Record<string, string[]>, bridge = 'vnet10') =>
    await read9((world) => {
      on(bridge)(world)
      rule(world, rules(world))
    })
  const hidden = await told((world) => ({ '/': heldBy(world), '/sdn/zones/dc1': [] }))
  t.strictSame([hidden.gaps, hidden.vnets], [['cluster sdn denied'], []])
  t.match(hidden.estate.gaps[0]?.remedy, 'pveum acl modify /sdn/zones')
  const zone = { '/sdn/zones/dc1': [], '/sdn/zones/dc1/vnet10': ['SDN.Audit'] }
  const half = await told((world) => ({ '/': heldBy(world), ...zone }))
  t.strictSame(half.gaps, ['cluster sdn denied'], 'the vnet is seen, its zone is not')
  t.strictSame(half.vnets, [{ name: 'vnet10', zone: 'dc1', tag: 110 }])
  const elsewhere = await told((world) => ({ '/': heldBy(world), '/sdn/zones/dc1': [] }), 'vmbr0')
  t.strictSame([elsewhere.gaps, elsewhere.asked], [[], [0, 0]], 'nobody misses what nobody uses')
  const allocator = await told((world) => ({
    '/': heldBy(world),
    '/sdn/zones': ['SDN.Allocate', 'SDN.Use']
  }))
  t.strictSame([allocator.gaps, allocator.vnets], [[], [vnet10]])
})

t.test('a role without SDN.Audit: no gap that was not there before', async (t) => {
  const blind = (bridge: string) => (world: World) => {
    on(bridge)(world)
    rule(world, { '/': without(world, 'SDN.Audit') })
  }
  // vmbr0.50 lies on a bridge that is hidden with the others.
  const known = ['node pve1 network partial', 'node pve2 network partial', 'nodes network denied']
  for (const bridge of ['vmbr0', 'vnet10'])
    for (const read of [read8, read9]) t.strictSame((await read(blind(bridge))).gaps, known, bridge)
  for (const bridge of ['vmbr0', 'vmbr9', 'vnet10'])
    t.strictSame((await read7(blind(bridge))).gaps, [], `7.4 ${bridge}`)
  const permissions = await read9(
    onVnet,
    ['/access/permissions', 'internal'],
    [vnets, 'empty-list']
  )
  t.notOk(permissions.gaps.includes('cluster sdn denied'), 'what may be seen was not told')
})
