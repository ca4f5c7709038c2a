import {
  addGuest,
  createWorld,
  type FaultKind,
  nodeOf,
  openProxmoxServer,
  setAgent,
  setConfig,
  setNodeOnline,
  setPower,
  setPrivileges,
  type World
} from '@proxbox/simulator/proxmox'
import t from 'tap'
import { openProxmox, readClusterEstate } from '../src/index.ts'
import { connectionTo } from './connection.ts'

const world = createWorld({ guests: 0, nodes: 3, clusterName: 'lab', version: '9.2' })
addGuest(world, { vmid: 100, node: 'pve1' })
addGuest(world, { vmid: 101, node: 'pve2' })
addGuest(world, { vmid: 102, node: 'pve2', type: 'lxc' })
const pristine = structuredClone(world)
const server = await openProxmoxServer({ world, workers: false, jitter: false })
const proxmox = openProxmox(connectionTo(server, { name: 'edge' }))
t.teardown(async () => {
  await proxmox.close()
  await server.close()
})
const facets = { agent: true, networks: true, storages: true }

async function readWith(change: (world: World) => void, ...faults: [string, FaultKind][]) {
  const { certificates } = world
  Object.assign(world, structuredClone(pristine), { certificates })
  server.faults.clear()
  change(world)
  for (const [route, kind] of faults) {
    const [path = '', at = ''] = route.split(' of ')
    server.faults.add({
      kind,
      on: (target) => target.route === path && target.path.includes(`/${at}`)
    })
  }
  const estate = await readClusterEstate(
    proxmox,
    { concurrency: 8, facets },
    AbortSignal.timeout(20_000)
  )
  const gaps = estate.gaps.map(({ scope, node, vmid, facet, reason }) =>
    [scope, node, vmid, facet, reason].filter((part) => part !== undefined).join(' ')
  )
  return { estate, gaps }
}
const struck = (route: string, kind: FaultKind) => readWith(() => {}, [route, kind])

/** The call, the fault, the gap that it is, and what its remedy names. */
const cases: readonly [string, FaultKind, string, (string | RegExp)?][] = [
  ['/access/permissions', 'internal', 'cluster permissions timeout'],
  ['/access/permissions', 'empty-list', 'cluster permissions nonsense'],
  ['/access/permissions', 'empty-object', 'guests list denied', 'pveum acl modify /vms'],
  ['/access/permissions', 'half', 'guests list denied', 'pveum acl modify /vms'],
  ['/access/acl', 'forbidden', 'guests permissions denied', 'pveum acl modify / '],
  ['/cluster/options', 'null-data', 'cluster options nonsense'],
  ['/cluster/resources', 'empty-list', 'guests list empty'],
  ['/cluster/resources', 'half', 'guests list partial'],
  ['/cluster/resources', 'wrong-types', 'guests list empty'],
  ['/storage', 'timeout', 'storages list timeout', 'pvedaemon'],
  ['/storage', 'wrong-types', 'storages list nonsense'],
  ['/cluster/status', 'half', 'nodes list partial'],
  ['/nodes/{node}/qemu of pve3', 'timeout', 'guests list timeout', 'pvedaemon'],
  ['/nodes/{node}/lxc of pve3', 'not-json', 'guests list nonsense'],
  ['/nodes/{node}/status of pve2', 'forbidden', 'node pve2 status denied', 'pveum acl modify'],
  ['/nodes/{node}/status of pve2', 'empty-object', 'node pve2 status nonsense'],
  ['/nodes/{node}/config of pve2', 'internal', 'node pve2 options timeout'],
  ['/nodes/{node}/network of pve2', 'empty-list', 'node pve2 network nonsense'],
  ['/nodes/{node}/network of pve2', 'half', 'node pve2 network partial', /interfaces on pve2/],
  ['/nodes/{node}/network of pve2', 'unreachable', 'node pve2 network offline', 'pvecm status'],
  ['/nodes/{node}/certificates/info', 'empty-list', 'cluster config nonsense'],
  ['/nodes/{node}/qemu/{vmid}/config of pve2', 'unauthorized', 'guest pve2 101 config denied'],
  ['/nodes/{node}/qemu/{vmid}/config of pve2', 'timeout', 'guest pve2 101 config timeout'],
  ['/nodes/{node}/qemu/{vmid}/config of pve2', 'cut-json', 'guest pve2 101 config nonsense'],
  ['/nodes/{node}/qemu/{vmid}/config of pve2', 'empty-body', 'guest pve2 101 config nonsense'],
  ['/nodes/{node}/qemu/{vmid}/config of pve2', 'truncated', 'guest pve2 101 config offline'],
  ['/nodes/{node}/qemu/{vmid}/config of pve2', 'empty-object', 'guest pve2 101 config nonsense'],
  ['/nodes/{node}/qemu/{vmid}/config of pve2', 'wrong-types', 'guest pve2 101 config nonsense'],
  ['/nodes/{node}/qemu/{vmid}/config of pve2', 'not-implemented', 'guest pve2 101 config error'],
  ['/nodes/{node}/lxc/{vmid}/config of pve2', 'half', 'guest pve2 102 config nonsense'],
  ['/nodes/{node}/lxc/{vmid}/interfaces of pve2', 'null-data', 'guest pve2 102 interfaces empty'],
  ['/nodes/{node}/lxc/{vmid}/interfaces of pve2', 'not-implemented', 'guests interfaces error'],
  [
    '/nodes/{node}/qemu/{vmid}/agent/network-get-interfaces of pve2',
    ...(['empty-object', 'guest pve2 101 agent nonsense'] as const)
  ],
  [
    '/nodes/{node}/qemu/{vmid}/agent/get-osinfo of pve2',
    ...(['forbidden', 'guest pve2 101 agent denied', 'pveum acl modify'] as const)
  ]
]

for (const [route, kind, gap, remedy] of cases) {
  t.test(`${kind} of ${route}: ${gap}`, async (t) => {
    const { gaps, estate } = await struck(route, kind)
    t.ok(gaps.includes(gap), gaps.join(', '))
    const found = estate.gaps[gaps.indexOf(gap)]
    t.ok(found?.detail)
    if (remedy !== undefined) t.match(found?.remedy, remedy)
    const isOfList = /^(cluster perm|guests (list|perm))/.test(gap)
    t.equal(estate.guestListWhole, !isOfList, 'and whether the list of guests is whole')
  })
}

for (const kind of ['forbidden', 'timeout', 'null-data', 'empty-list', 'cut-json'] as const) {
  t.test(`${kind} of /cluster/status: nobody guesses what the cluster is called`, async (t) => {
    await t.rejects(struck('/cluster/status', kind), { code: /^PROXMOX_/ })
  })
}

t.test('a cluster of one node, and of one whose row is lost', async (t) => {
  const lost = readWith((world) => Object.assign(world, { clusterName: null }))
  await t.rejects(lost, { code: 'PROXMOX_ANSWER' }, 'three nodes stand alone together')
})

t.test('what Proxmox tells of itself', async (t) => {
  const told = async (change: (world: World) => void) => (await readWith(change)).gaps
  t.strictSame(await told(() => {}), [])
  t.strictSame(
    await told((world) => setNodeOnline(world, 'pve2', false)),
    ['node pve2 config offline', 'node pve2 status offline'],
    'a node that is off'
  )
  t.strictSame(
    await told((world) => Object.assign(nodeOf(world, 'pve2'), { statsFresh: false })),
    ['node pve2 agent partial'],
    'a node without statistics'
  )
  t.strictSame(
    await told((world) => Object.assign(nodeOf(world, 'pve2'), { networkChanges: '+ mtu 9000' })),
    ['node pve2 network partial'],
    'a network that is staged'
  )
  t.strictSame(
    await told((world) => Object.assign(world, { quorate: false })),
    ['cluster status no-quorum'],
    'no quorum'
  )
  t.strictSame(
    await told((world) => setConfig(world, 101, 'lock', 'clone')),
    ['guest pve2 101 config partial'],
    'a guest that is not finished'
  )
  t.strictSame(await told((world) => setAgent(world, 101, 'empty')), ['guest pve2 101 agent empty'])
  t.strictSame(
    await told((world) => {
      const [inner] = world.guests.find(({ vmid }) => vmid === 101)?.interfaces ?? []
      if (inner !== undefined) inner.mac = '02:00:00:00:00:01'
    }),
    ['guest pve2 101 agent partial'],
    'an agent that names none of the cards'
  )
  t.strictSame(
    await told((world) => {
      setPower(world, 101, 'stopped')
      setPower(world, 102, 'stopped')
    }),
    [],
    'a guest that is off is known to be'
  )
  t.strictSame(
    await told((world) => {
      const inner = world.guests.find(({ vmid }) => vmid === 101)?.interfaces[0]
      if (inner !== undefined) inner.addresses = []
    }),
    [],
    'no address is an answer'
  )
})

t.test('a rule on one guest, on all, on a pool, on what is below', async (t) => {
  const [token] = pristine.tokens
  const held = token?.rules[0]?.privileges ?? []
  const told = (rules: Record<string, string[]>) =>
    readWith((world) => setPrivileges(world, token?.id ?? '', rules))
  for (const role of [['NoAccess'], [], ['VM.Console']]) {
    const { gaps, estate } = await told({ '/': held, '/vms/101': role })
    t.ok(gaps.includes('guests list denied'), `[${role}] on one guest`)
    t.equal(estate.guestListWhole, false)
  }
  t.ok((await told({ '/': held, '/vms': ['NoAccess'] })).gaps.includes('guests list denied'))
  t.strictSame((await told({ '/': held, '/vms/101': held })).gaps, [], 'as much is not less')
  const untold = await told({ '/': held, '/access': ['Permissions.Modify'] })
  t.strictSame([untold.gaps, untold.estate.guestListWhole], [['guests permissions denied'], false])
  t.match(untold.estate.gaps[0]?.remedy, 'pveum acl modify /access')
  const bridges = { '/': held, '/sdn/zones/localnetwork/vmbr1': ['NoAccess'] }
  t.ok((await told(bridges)).gaps.includes('nodes network denied'))
  t.ok(
    (await told({ '/': held, '/storage/local': ['NoAccess'] })).gaps.includes(
      'storages list denied'
    )
  )
})

t.test('a list that lost the guests of a node is contradicted by the node', async (t) => {
  const { estate, gaps } = await readWith(
    () => {},
    ['/cluster/resources', 'half'] // of the rows in their order: some guests, some nodes
  )
  t.equal(estate.guestListWhole, false)
  t.ok(gaps.includes('guests list partial'))
  const empty = await readWith((world) => {
    world.guests = []
  })
  t.strictSame(
    [empty.estate.guestListWhole, empty.gaps],
    [true, []],
    'none at all is an answer too'
  )
})

t.test('a guest that is said to be gone by half a list stays', async (t) => {
  const { estate, gaps } = await readWith((world) => {
    let lists = 0
    server.faults.add({
      kind: 'empty-list',
      on: ({ path }) => path === '/cluster/resources' && ++lists > 1
    })
    server.faults.add({
      kind: 'slow',
      on: ({ path }) => {
        if (path.endsWith('/101/config'))
          world.guests = world.guests.filter((one) => one.vmid !== 101)
        return false
      }
    })
  })
  t.ok(estate.guests.some(({ vmid }) => vmid === 101))
  t.ok(gaps.includes('guest pve2 101 config error'), gaps.join(', '))
})
