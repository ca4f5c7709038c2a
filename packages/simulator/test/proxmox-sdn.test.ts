import t from 'tap'
import {
  answer,
  authorizationOf,
  createWorld,
  setPrivileges,
  type Version,
  type World
} from '../src/proxmox/index.ts'

type Row = Record<string, unknown>

function listed(world: World, list: 'zones' | 'vnets', query: Record<string, string> = {}) {
  const [token] = world.tokens
  if (token === undefined) throw new Error('no token')
  const { status, body } = answer(world, {
    ...{ method: 'GET', path: `/cluster/sdn/${list}`, query },
    auth: { authorization: authorizationOf(token) }
  })
  const data = Object(body).data
  // Rows of the simulator are objects.
  return { status, rows: Array.isArray(data) ? (data as Row[]) : [] }
}
const names = (rows: readonly Row[]) => rows.map(({ vnet, zone }) => vnet ?? zone)
const lab = (version: Version = '9.2') => createWorld({ guests: 0, nodes: 2, version })

t.test('configured, running and pending are three answers', async (t) => {
  const world = lab()
  world.sdnStaged.vnets = {
    vnet10: { vnet: 'vnet10', zone: 'dc1', tag: 111, type: 'vnet' },
    vnet20: null,
    vnet30: { vnet: 'vnet30', zone: 'dc1', tag: 130, type: 'vnet' }
  }
  const of = (query: Record<string, string>) => listed(world, 'vnets', query).rows
  t.strictSame(
    of({}).map(({ vnet, tag, digest }) => [vnet, tag, typeof digest]),
    [
      ['vnet10', 111, 'string'],
      ['vnet30', 130, 'string']
    ]
  )
  t.strictSame(
    of({ running: '1' }).map(({ vnet, tag, digest }) => [vnet, tag, digest]),
    [
      ['vnet10', 110, null],
      ['vnet20', 20_000, null]
    ]
  )
  t.match(of({ pending: '1' }), [
    { vnet: 'vnet10', tag: 110, state: 'changed', pending: { tag: 111, alias: 'deleted' } },
    { vnet: 'vnet20', tag: 20_000, state: 'deleted' },
    { vnet: 'vnet30', zone: undefined, state: 'new', pending: { zone: 'dc1', tag: 130 } }
  ])
  const zones = listed(world, 'zones', { pending: '1' }).rows
  t.ok(zones.every(({ state }) => state === undefined))
  t.strictSame(names(listed(world, 'zones', { type: 'vxlan' }).rows), ['wide'])
})

t.test('what may not be seen is left out with a 200', async (t) => {
  for (const [version, hidden] of [
    ['7.4', '/sdn/vnets/vnet10'],
    ['8.4', '/sdn/zones/dc1/vnet10'],
    ['9.2', '/sdn/zones/dc1']
  ] as const) {
    const world = lab(version)
    world.sdnInstalled = true
    const held = world.tokens[0]?.rules[0]?.privileges ?? []
    const seenBy = (rules: Record<string, string[]>) => {
      setPrivileges(world, world.tokens[0]?.id ?? '', rules)
      const { status, rows } = listed(world, 'vnets', { running: '1' })
      return [status, ...names(rows)]
    }
    t.strictSame(seenBy({ '/': held }), [200, 'vnet10', 'vnet20'], version)
    t.strictSame(seenBy({ '/': held, [hidden]: ['SDN.Use'] }), [200, 'vnet20'], version)
    t.strictSame(seenBy({ '/': ['Sys.Audit'] }), [200], version)
  }
})

t.test('7.4 comes without SDN', async (t) => {
  t.equal(listed(lab('7.4'), 'vnets').status, 501)
  t.equal(listed(lab('7.4'), 'zones', { running: '1' }).status, 501)
})

t.test(
  'no guest of a world has a tag on a vnet, which Proxmox would refuse to start',
  async (t) => {
    const { guests } = createWorld({ seed: 3, guests: 400 })
    const nics = guests.flatMap(({ config }) =>
      Object.entries(config).flatMap(([slot, value]) =>
        /^net\d/.test(slot) ? [String(value)] : []
      )
    )
    const onVnet = nics.filter((nic) => nic.includes('bridge=vnet'))
    t.ok(onVnet.length > 5)
    t.notOk(onVnet.some((nic) => /tag=|trunks=/.test(nic)))
    t.ok(nics.some((nic) => nic.includes('bridge=vmbr2')))
  }
)
