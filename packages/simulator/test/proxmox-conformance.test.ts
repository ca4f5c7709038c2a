import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import Type from 'typebox'
import Value from 'typebox/value'
import {
  addGuest,
  answer,
  authorizationOf,
  createWorld,
  type PveAnswer,
  randomFrom,
  ticketFor,
  type Version,
  type World
} from '../src/proxmox/index.ts'
import { listName } from '../src/proxmox/measures.ts'
import { routes } from '../src/proxmox/routes/table.ts'

const Facts = Type.Object({
  versions: Type.Record(
    Type.String(),
    Type.Record(
      Type.String(),
      Type.Object({ daemon: Type.Boolean(), shape: Type.String(), fields: Type.String() })
    )
  )
})
const facts = Value.Parse(
  Facts,
  JSON.parse(readFileSync(new URL('fixtures/proxmox-api-facts.json', import.meta.url), 'utf8'))
).versions
const VERSIONS: readonly Version[] = ['7.4', '8.4', '9.2']

/** Fields that the servers print although no description lists them (read in the sources and in recordings). */
const UNLISTED: Record<string, string> = {
  '/cluster/backup': 'type enabled schedule storage mode all prune-backups notes-template',
  '/cluster/ha/resources': 'type state max_restart max_relocate digest group',
  '/cluster/ha/groups': 'type nodes restricted digest',
  '/cluster/ha/rules': 'type nodes resources digest',
  '/nodes': 'id type disk maxdisk',
  '/nodes/{node}/status': 'kversion wait idle ksm swap uptime',
  '/nodes/{node}/network': 'altnames bond_miimon bridge_fd bridge_stp',
  '/nodes/{node}/disks/list': 'type rpm wearout by_id_link',
  '/nodes/{node}/replication':
    'type guest jobnum source target schedule last_sync duration fail_count vmtype',
  '/storage':
    'type content path vgname thinpool server export datastore username shared nodes disable digest',
  '/nodes/{node}/storage/{storage}/content': 'content subtype',
  '/cluster/tasks': 'node type id user starttime endtime status saved pid pstart',
  '/nodes/{node}/qemu/{vmid}/snapshot': 'digest running',
  '/nodes/{node}/lxc/{vmid}/snapshot': 'digest running',
  '/nodes/{node}/lxc': 'pid',
  '/nodes/{node}/lxc/{vmid}/status/current': 'pid',
  '/nodes/{node}/lxc/{vmid}/config': 'parent'
}

function rootAuth(world: World) {
  return {
    cookie: `PVEAuthCookie=${encodeURIComponent(ticketFor(world, 'root@pam', world.now).ticket)}`
  }
}

function bigWorld(version: Version): World {
  return createWorld({ seed: 11, guests: 120, nodes: 3, version })
}

/** Every concrete path of a template in a world. */
function pathsOf(world: World, template: string): string[] {
  const type = template.includes('/lxc/') ? 'lxc' : 'qemu'
  const places = template.includes('{vmid}')
    ? world.guests.filter((guest) => guest.type === type).map((guest) => [guest.node, guest.vmid])
    : world.nodes.map((node) => [node.name, ''])
  const paths = places.map(([node, vmid]) =>
    template.replace('{node}', String(node)).replace('{vmid}', String(vmid))
  )
  const all = template.includes('{storage}')
    ? paths.flatMap((path) => world.storages.map(({ id }) => path.replace('{storage}', id)))
    : paths
  return [...new Set(all)]
}

for (const version of VERSIONS) {
  t.test(`${version}: paths, cost and fields are those of the official description`, async (t) => {
    const world = bigWorld(version)
    let checked = 0
    for (const route of routes.filter((r) => r.versions?.includes(version) ?? true)) {
      const fact = facts[version]?.[route.path]
      if (fact === undefined) {
        t.fail(`${route.path} is not in the description`)
        continue
      }
      t.equal(route.cost === 'D', fact.daemon, `${route.path} runs where it should`)
      const problems = new Set<string>()
      for (const path of pathsOf(world, route.path)) {
        const given = answer(world, { method: 'GET', path, auth: rootAuth(world) })
        for (const problem of problemsOf(route.path, given, fact)) problems.add(problem)
        checked += 1
      }
      t.strictSame([...problems], [], route.path)
    }
    t.ok(checked > 500, 'many answers were looked at')
  })
}

t.test('a path that the release does not know is 501', async (t) => {
  for (const version of VERSIONS) {
    const world = bigWorld(version)
    const lxc = world.guests.find((guest) => guest.type === 'lxc')
    const paths = ['/cluster/ha/rules', `/nodes/${lxc?.node}/lxc/${lxc?.vmid}/interfaces`]
    for (const path of paths) {
      const template = path.replace(/\/nodes\/.*/, '/nodes/{node}/lxc/{vmid}/interfaces')
      const given = answer(world, { method: 'GET', path, auth: rootAuth(world) })
      t.equal(
        given.status,
        facts[version]?.[template] === undefined ? 501 : 200,
        `${version} ${path}`
      )
    }
  }
})

t.test('jitter changes forms and order, never text and never meaning', async (t) => {
  const world = bigWorld('8.4')
  const random = randomFrom(3)
  let differing = 0
  for (const guest of world.guests) {
    const path = `/nodes/${guest.node}/${guest.type}/${guest.vmid}/config`
    const request = { method: 'GET', path, auth: rootAuth(world) }
    const plain = answer(world, request)
    const loose = answer(world, request, random)
    if (JSON.stringify(plain.body) !== JSON.stringify(loose.body)) differing += 1
    t.strictSame(meaning(loose.body), meaning(plain.body), path)
  }
  t.ok(differing > world.guests.length / 2, 'most configs came in another form')
  const list = { method: 'GET', path: '/cluster/resources', auth: rootAuth(world) }
  const orders = [1, 2].map((seed) => JSON.stringify(ids(answer(world, list, randomFrom(seed)))))
  t.not(orders[0], orders[1], 'rows come in any order')
  t.equal(
    ids(answer(world, list, random))
      .toSorted()
      .join(),
    ids(answer(world, list)).toSorted().join()
  )
})

t.test('equal options give equal worlds, other bases disjoint ones', async (t) => {
  const options = { seed: 7, guests: 200, nodes: 3 }
  t.ok(isDeepStrictEqual(createWorld(options), createWorld(options)))
  t.notOk(
    isDeepStrictEqual(createWorld(options).guests, createWorld({ ...options, seed: 8 }).guests)
  )
  const [one, two] = [
    createWorld(options),
    createWorld({ ...options, addressBase: 20, vmidBase: 5000 })
  ]
  const all = [...addressesOf(one), ...addressesOf(two)]
  t.equal(new Set(all).size, all.length, 'no address twice, over both worlds')
  const simple = createWorld({ guests: 50, simple: true })
  for (const guest of simple.guests) {
    const keys = Object.keys(guest.config).filter((key) =>
      /^(net|scsi|virtio|sata|ide)\d/.test(key)
    )
    t.strictSame(keys.toSorted(), ['net0', 'scsi0'])
    t.equal(guest.interfaces.flatMap((row) => row.addresses).length, 1)
  }
  const names = one.guests.map(listName)
  t.equal(names.length - new Set(names).size, 2, 'one duplicate pair in a hundred')
})

t.test('a token sees the filtered lists and is refused the rest', async (t) => {
  const world = bigWorld('8.4')
  const token = world.tokens[0]
  if (token === undefined) return t.fail('no token')
  const ask = (path: string) =>
    answer(world, { method: 'GET', path, auth: { authorization: authorizationOf(token) } })
  t.strictSame(
    ids(ask('/nodes/pve1/storage/pbs/content')),
    [],
    'an auditor sees no backups, with 200'
  )
  t.ok(world.backups.length > 50, 'although there are many')
  token.rules = [{ path: '/vms/100', privileges: ['VM.Audit'], propagate: true }]
  t.strictSame(
    ids(ask('/cluster/resources')).filter((id) => /^(qemu|lxc)/.test(id)),
    [`${world.guests[0]?.type}/100`]
  )
  const refused = ask('/cluster/status')
  t.equal(refused.status, 403)
  t.equal(refused.reason, 'Permission check failed (/, Sys.Audit)')
  t.match(refused.body, { data: null, message: /Permission check failed/ })
  t.notOk(
    rowsOf(ask('/nodes/pve1/network')).some((row) => row.type === 'bridge'),
    'bridges vanish'
  )
  token.rules.push({ path: '/', privileges: ['NoAccess'], propagate: true })
  t.strictSame(ask('/access/permissions').body, { data: {} })
  token.secret = 'other'
  const stale = answer(world, {
    method: 'GET',
    path: '/version',
    auth: { authorization: authorizationOf({ id: token.id, secret: 'wrong' }) }
  })
  t.match(stale, { status: 401, body: null, delayMs: 3000 })
})

t.test(
  'a ticket holds two hours and five minutes of skew, and needs its CSRF token to write',
  async (t) => {
    const world = createWorld({ guests: 1 })
    const { ticket, csrf } = ticketFor(world, 'root@pam', world.now)
    const cookie = `PVEAuthCookie=${encodeURIComponent(ticket)}`
    const at = (now: number, method = 'GET', extra = {}) =>
      answer(world, { method, path: '/version', now, auth: { cookie, ...extra } }).status
    t.equal(at(world.now + 7200), 200)
    t.equal(at(world.now + 7201), 401)
    t.equal(at(world.now - 300), 200)
    t.equal(at(world.now - 301), 401)
    t.equal(at(world.now, 'POST'), 401)
    t.equal(at(world.now, 'POST', { csrf }), 501, 'let in, but there is nothing to write')
    const [head = ''] = ticket.split('::')
    t.equal(
      answer(world, {
        method: 'GET',
        path: '/version',
        auth: { cookie: `PVEAuthCookie=${head}::x` }
      }).status,
      401
    )
    const both = {
      cookie: 'PVEAuthCookie=stray',
      authorization: authorizationOf(world.tokens[0] ?? { id: '', secret: '' })
    }
    t.equal(
      answer(world, { method: 'GET', path: '/version', auth: both }).status,
      401,
      'a stray cookie beats a token'
    )
  }
)

t.test('descriptions end as the two kinds of guests print them', async (t) => {
  const world = createWorld({ guests: 0 })
  for (const [type, ending] of [
    ['qemu', 'line'],
    ['lxc', 'line\n']
  ] as const) {
    const { vmid, node } = addGuest(world, { type, config: { description: 'a\nline\n\n' } })
    const path = `/nodes/${node}/${type}/${vmid}/config`
    t.match(answer(world, { method: 'GET', path, auth: rootAuth(world) }).body, {
      data: { description: `a\n${ending}` }
    })
  }
})

t.test('7.4 tells errors in the reason phrase only', async (t) => {
  const world = bigWorld('7.4')
  const given = answer(world, {
    method: 'GET',
    path: '/nodes/pve1/qemu/999999/config',
    auth: rootAuth(world)
  })
  t.match(given, { status: 500, reason: /999999\.conf' does not exist/ })
  t.strictSame(given.body, { data: null })
})

function addressesOf(world: World): string[] {
  return world.guests
    .flatMap((guest) => guest.interfaces.flatMap((row) => row.addresses.map((a) => a.address)))
    .filter((address) => /^(10\.|2001:)/.test(address))
}

function rowsOf(given: PveAnswer): Record<string, unknown>[] {
  const { body } = given
  if (!isRecord(body)) return []
  const { data } = body
  return Array.isArray(data) ? data.filter(isRecord) : isRecord(data) ? [data] : []
}

function ids(given: PveAnswer): string[] {
  return rowsOf(given).map((row) => String(row.id ?? row.volid))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Numbers and booleans in one form, so that two printings can be compared. */
function meaning(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(meaning)
  if (isRecord(value)) {
    const entries = Object.entries(value).map(([key, inner]): [string, unknown] => [
      key,
      meaning(inner)
    ])
    return Object.fromEntries(entries.filter(([key, inner]) => key !== 'template' || inner !== '0'))
  }
  return value === '' ? '0' : String(value)
}

function problemsOf(
  path: string,
  given: PveAnswer,
  fact: { shape: string; fields: string }
): string[] {
  if (given.status !== 200) {
    return isExpectedFailure(path, given) ? [] : [`${given.status} ${given.reason}`]
  }
  if (fact.fields === '') return []
  const types = new Map([...olderAndNewer(path), ...fieldsOf(fact)])
  const unlisted = new Set((UNLISTED[path] ?? '').split(' '))
  return rowsOf(given).flatMap((row) =>
    Object.entries(row).flatMap(([key, value]) => {
      const type = types.get(key) ?? types.get(key.replace(/\d+$/, '[n]'))
      if (type === undefined) return unlisted.has(key) ? [] : [`${key} is unknown`]
      return allows(type, value) ? [] : [`${key}: ${JSON.stringify(value)} is no ${type}`]
    })
  )
}

/** A description often lists what an earlier release already printed: all three count, the own one first. */
function olderAndNewer(path: string): [string, string][] {
  return VERSIONS.flatMap((version) => fieldsOf(facts[version]?.[path] ?? { fields: '' }))
}

function fieldsOf({ fields }: { fields: string }): [string, string][] {
  return fields === '' ? [] : fields.split(' ').map(splitLast)
}

function isExpectedFailure(path: string, given: PveAnswer): boolean {
  if (path.includes('/agent/')) return given.status === 500
  return (
    /migrated to rules|not available on node|SDN/.test(given.reason) ||
    path.startsWith('/cluster/sdn')
  )
}

function splitLast(pair: string): [string, string] {
  const at = pair.lastIndexOf(':')
  return [pair.slice(0, at), pair.slice(at + 1)]
}

function allows(type: string, value: unknown): boolean {
  if (type === '?') return true
  if (type === 'i') return Number.isInteger(Number(value))
  if (type === 'n') return Number.isFinite(Number(value))
  if (type === 'b') return value === 0 || value === 1
  if (type === 'a') return Array.isArray(value) || value === null
  if (type === 'o') return isRecord(value)
  return typeof value === 'string'
}
