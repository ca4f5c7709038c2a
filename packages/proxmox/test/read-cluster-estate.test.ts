import { ClusterEstate, type ProxmoxConnection } from '@proxbox/contracts'
import {
  addGuest,
  addToken,
  agentPrivilege,
  auditorPrivileges,
  createWorld,
  migrateGuest,
  openProxmoxServer,
  removeGuest,
  setAgent,
  setConfig,
  setNodeOnline,
  setPrivileges,
  type WorldOptions
} from '@proxbox/simulator/proxmox'
import t from 'tap'
import Value from 'typebox/value'
import { openProxmox, type Proxmox, readClusterEstate } from '../src/index.ts'
import { connectionTo } from './connection.ts'

const facets = { agent: true, networks: true, storages: true }
const versions = ['7.4', '8.4', '9.2'] as const

async function opened(t: Tap, options: WorldOptions = {}, more: Partial<ProxmoxConnection> = {}) {
  const world = createWorld({
    ...{ guests: 24, nodes: 3, clusterName: 'lab', authDelayMs: 10, agentDelayMs: 20 },
    ...options
  })
  const server = await openProxmoxServer({ world })
  const proxmox = openProxmox(connectionTo(server, more))
  t.teardown(async () => {
    await proxmox.close()
    await server.close()
  })
  return { world, server, proxmox }
}
type Tap = { teardown(fn: () => Promise<void>): unknown }

const read = (proxmox: Proxmox, more = {}) =>
  readClusterEstate(
    proxmox,
    { concurrency: 16, facets: { ...facets, ...more } },
    AbortSignal.timeout(20_000)
  )

for (const version of versions) {
  t.test(`${version}: a cluster is read whole, within its budget`, async (t) => {
    const { world, server, proxmox } = await opened(t, { version })
    for (const guest of world.guests)
      if (guest.agent !== 'none') setAgent(world, guest.vmid, 'answers')
    const progress: string[] = []
    const estate = await readClusterEstate(
      proxmox,
      { concurrency: 16, facets, onProgress: (done, total) => progress.push(`${done}/${total}`) },
      AbortSignal.timeout(20_000)
    )
    t.ok(Value.Check(ClusterEstate, estate), 'has the form of the contract')
    t.strictSame(estate.gaps, [])
    t.match(estate, {
      name: 'lab',
      mode: 'cluster',
      quorate: true,
      guestListWhole: true,
      endpointId: 7
    })
    t.match(estate.caFingerprint, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/)
    t.equal(estate.guests.length, 24)
    t.ok(estate.guests.every((guest) => guest.config !== undefined))
    t.equal(progress.at(-1), '24/24')
    const asked = world.guests.filter((one) => one.status === 'running' && one.agent === 'answers')
    const reported = estate.guests.filter(
      (one) => one.type === 'qemu' && one.interfaces !== undefined
    )
    t.strictSame(
      reported.map((one) => one.vmid),
      asked.map((one) => one.vmid).sort((a, b) => a - b)
    )
    t.ok(reported.every((guest) => guest.os !== undefined))

    t.equal(proxmox.requests(), server.requests.count())
    const paths = server.requests.byPath()
    const sum = (part: string) =>
      Object.entries(paths).reduce((all, [path, n]) => (path.includes(part) ? all + n : all), 0)
    t.equal(
      sum('/config') - (paths['/nodes/{node}/config'] ?? 0),
      24,
      'one configuration per guest'
    )
    t.ok(sum('/cluster/') + sum('/access/') + sum('/version') <= 15)
    t.equal(sum('/agent/'), 2 * asked.length)
    t.equal(sum('/interfaces') === 0, version === '7.4')
    for (const [node, max] of Object.entries(server.requests.inFlightMax())) {
      t.ok(max.P <= 4 && max.D <= 2, `${node}: at most 4 plain and 2 daemon-bound calls at once`)
    }
    t.ok(Object.values(server.requests.agentInFlightMax()).every((max) => max === 1))
    t.strictSame(await read(proxmox), estate, 'equal clusters read equal, whatever order and types')
  })

  t.test(`${version}: an auditor's token has gaps only for the agent`, async (t) => {
    const { world, server } = await opened(t, { version })
    const token = addToken(world, 'root@pam!audit', { '/': auditorPrivileges(version) })
    const proxmox = openProxmox(
      connectionTo(server, { token_name: 'audit', token_value: token.secret })
    )
    t.teardown(() => proxmox.close())
    const estate = await read(proxmox)
    t.equal(estate.guestListWhole, true)
    const denied = estate.gaps.filter((gap) => gap.reason === 'denied')
    t.equal(denied.length, version === '9.2' ? 0 : 1, 'one gap for all guests')
    t.ok(denied.every((gap) => gap.facet === 'agent' && gap.detail.includes('VM.Monitor')))
    t.ok(
      denied.every((gap) =>
        gap.remedy?.includes("--privs VM.Monitor; pveum acl modify /vms --tokens 'root@pam!audit'")
      )
    )

    setPrivileges(world, 'root@pam!audit', {
      '/': ['Sys.Audit'],
      '/vms': [agentPrivilege(version)]
    })
    const blind = await read(proxmox)
    t.strictSame(blind.guests, [])
    t.match(blind, { guestListWhole: false, quorate: true })
    const scopes = blind.gaps.map((gap) => `${gap.scope} ${gap.facet} ${gap.reason}`)
    t.ok(scopes.includes('guests list denied'), 'not empty but denied')
    t.ok(scopes.includes('storages list denied'))
    setPrivileges(world, 'root@pam!audit', { '/nodes': ['Sys.Audit'] })
    const remedy = "pveum acl modify / --tokens 'root@pam!audit' --roles PVEAuditor"
    await t.rejects(read(proxmox), { code: 'PROXMOX_PRIVILEGE', data: { path: '/', remedy } })
  })
}

t.test('a stand-alone node is named by itself', async (t) => {
  const { proxmox } = await opened(t, { nodes: 1, clusterName: '' })
  t.match(await read(proxmox), {
    mode: 'standalone',
    name: 'pve1',
    quorate: true,
    guestListWhole: true
  })
})

t.test('no quorum, an offline node: gaps, and the rest is read', async (t) => {
  const { world, server, proxmox } = await opened(t)
  setNodeOnline(world, 'pve3', false)
  world.quorate = false
  const estate = await read(proxmox)
  t.match(estate, { quorate: false, guestListWhole: false })
  t.ok(estate.gaps.some((gap) => gap.reason === 'no-quorum'))
  t.ok(
    estate.gaps.some((gap) => gap.scope === 'node' && gap.node === 'pve3' && gap.facet === 'config')
  )
  t.equal(server.requests.count('/nodes/pve3/'), 0, 'an offline node is not asked')
  const lost = estate.guests.filter((guest) => guest.node === 'pve3')
  t.ok(lost.length > 0)
  t.ok(
    lost.every((guest) => guest.status === 'unknown' && guest.name === undefined && !guest.config)
  )
  t.ok(estate.guests.some((guest) => guest.node === 'pve1' && guest.config))
})

t.test('595 closes a node for this Run: one gap, no storm', async (t) => {
  const { server, proxmox } = await opened(t, { guests: 60 })
  server.faults.add({ kind: 'unreachable', on: '/nodes/pve2/' })
  const estate = await read(proxmox)
  t.ok(server.requests.count('/nodes/pve2/') <= 6, 'at most what was under way')
  const gaps = estate.gaps.filter((gap) => gap.node === 'pve2' && gap.facet === 'config')
  t.match(gaps, [{ scope: 'node', reason: 'offline', detail: 'No route to host' }])
})

t.test('faults of single calls', async (t) => {
  const { world, server, proxmox } = await opened(t, { nodes: 2, simple: true, guests: 12 })
  const at = (vmid: number, path: string) => new RegExp(`/${vmid}/${path}$`)
  server.faults.add({ kind: 'forbidden', on: at(100, 'config') })
  server.faults.add({ kind: 'null-data', on: at(101, 'config') })
  server.faults.add({ kind: 'not-json', on: at(102, 'config') })
  server.faults.add({ kind: 'timeout', on: at(103, 'agent/network-get-interfaces') })
  server.faults.add({ kind: 'disconnect', on: at(104, 'config'), times: 1 })
  server.faults.add({ kind: 'truncated', on: at(104, 'agent/get-osinfo'), times: 1 })
  setAgent(world, 105, 'silent')
  setAgent(world, 106, 'nonsense')
  setAgent(world, 107, 'error-in-200')
  setAgent(world, 108, 'empty')
  setConfig(world, 109, 'lock', 'backup')
  setConfig(world, 110, 'unheard-of', 'x')
  const estate = await read(proxmox)
  const gapOf = (vmid: number) => estate.gaps.find((gap) => gap.vmid === vmid)
  t.match(gapOf(100), { facet: 'config', reason: 'denied', detail: /^Permission check failed/ })
  t.match(gapOf(101), { facet: 'config', reason: 'nonsense' })
  t.match(gapOf(102), { facet: 'config', reason: 'nonsense' })
  t.match(gapOf(103), { facet: 'agent', reason: 'timeout', detail: 'Connection timed out' })
  t.notOk(gapOf(104), 'a broken connection is tried once more')
  t.match(gapOf(105), {
    facet: 'agent',
    reason: 'offline',
    detail: 'QEMU guest agent is not running'
  })
  t.match(gapOf(106), { facet: 'agent', reason: 'nonsense' })
  t.match(gapOf(107), { facet: 'agent', reason: 'error', detail: /CommandNotFound/ })
  t.match(gapOf(108), { facet: 'agent', reason: 'empty' })
  t.match(gapOf(109), { facet: 'agent', reason: 'partial', detail: /locked \(backup\)/ })
  t.equal(server.requests.count(/\/10[5-9]\/agent\/get-osinfo/), 0, 'no answer, no second question')
  t.equal(server.requests.count(/\/103\/agent/), 1, '596 is not tried again')
  t.equal(server.requests.count(/\/109\/agent/), 0)
  t.strictSame(estate.guests.find((one) => one.vmid === 110)?.config?.unknownKeys, ['unheard-of'])
  t.equal(estate.guests.length, 12)
})

t.test('an empty list is no cluster without guests', async (t) => {
  const { server, proxmox } = await opened(t)
  server.faults.add({ kind: 'empty-list', on: '/cluster/resources' })
  const estate = await read(proxmox)
  t.equal(estate.guestListWhole, false)
  t.match(estate.gaps, [{ scope: 'guests', facet: 'list', reason: 'empty' }])
})

t.test('a guest that moves or vanishes in the middle of a read', async (t) => {
  const { world, server, proxmox } = await opened(t, { simple: true, guests: 6 })
  addGuest(world, { vmid: 500, node: 'pve1' })
  addGuest(world, { vmid: 501, node: 'pve1' })
  let isDone = false
  server.faults.add({
    kind: 'slow',
    on: ({ path }) => {
      if (!isDone && path.endsWith('/config') && /qemu/.test(path)) {
        isDone = true
        migrateGuest(world, 500, 'pve2')
        removeGuest(world, 501)
      }
      return false
    }
  })
  const estate = await read(proxmox)
  t.match(
    estate.guests.find((one) => one.vmid === 500),
    { node: 'pve2', config: { agentEnabled: true } }
  )
  t.notOk(estate.guests.some((one) => one.vmid === 501))
  t.strictSame(estate.gaps, [])
  t.ok(server.requests.count('/cluster/resources') <= 3)
})

t.test('only some guests: the list does not count as whole', async (t) => {
  const { server, proxmox } = await opened(t, { simple: true, guests: 8 })
  const estate = await read(proxmox, { vmids: [100, 103], agent: false })
  t.strictSame(
    estate.guests.map((one) => one.vmid),
    [100, 103]
  )
  t.equal(estate.guestListWhole, false)
  t.equal(server.requests.count('/agent/'), 0)
})

t.test('a password, whose ticket is renewed before it runs out', async (t) => {
  const { server, world } = await opened(t, { simple: true, guests: 2 })
  let now = Date.now()
  const { token_name: _name, token_value: _value, ...rest } = connectionTo(server)
  const proxmox = openProxmox({ ...rest, password: server.password }, { clock: () => now })
  t.teardown(() => proxmox.close())
  t.strictSame((await read(proxmox)).gaps, [])
  t.strictSame((await read(proxmox)).gaps, [])
  t.equal(server.requests.count('/access/ticket'), 1)
  now += 110 * 60_000
  await read(proxmox)
  t.equal(server.requests.count('/access/ticket'), 2)
  world.ticketKey = 'rotated'
  await read(proxmox)
  t.equal(server.requests.count('/access/ticket'), 3, 'a refused ticket is replaced')
})

t.test('nothing can be read: the error names the Endpoint and no secret', async (t) => {
  const { server } = await opened(t)
  const failing = async (more: Partial<ProxmoxConnection>) => {
    const proxmox = openProxmox(connectionTo(server, more))
    const error = await read(proxmox).then(
      () => undefined,
      (reason: unknown) => reason
    )
    await proxmox.close()
    t.notMatch(JSON.stringify([error, String(error)]), server.tokenValue)
    return error
  }
  t.match(await failing({ token_value: 'wrong' }), {
    code: 'PROXMOX_CREDENTIAL',
    message: /lab .*invalid token/
  })
  t.match(await failing({ ca_certificate: '', fingerprint_sha256: 'AB'.repeat(32) }), {
    code: 'PROXMOX_TLS',
    data: { fingerprint: server.fingerprintSha256 }
  })
  t.match(await failing({ ca_certificate: '' }), { code: 'PROXMOX_TLS' })
  t.match(await failing({ port: 1 }), { code: 'PROXMOX_UNREACHABLE' })
  server.faults.add({ kind: 'internal', on: '/cluster/resources' })
  t.match(await failing({}), { code: 'PROXMOX_ANSWER', data: { status: 500 } })
  server.faults.clear()
  server.faults.closeOnAccept()
  t.match(await failing({}), { code: 'PROXMOX_UNREACHABLE' })
  t.throws(() => openProxmox({ ...connectionTo(server), token_value: '' }), {
    code: 'PROXMOX_CREDENTIAL'
  })
})

t.test('fetch_max_concurrency is the ceiling', async (t) => {
  const more = { fetch_max_concurrency: 1 }
  const { server, proxmox } = await opened(t, { nodes: 1, simple: true, guests: 6 }, more)
  await read(proxmox)
  t.strictSame(server.requests.inFlightMax(), { pve1: { P: 1, D: 1 } })
})

t.test('an agent privilege on some guests only', async (t) => {
  const { world, server } = await opened(t, { version: '8.4', simple: true, guests: 3 })
  const rules = { '/': auditorPrivileges('8.4'), '/vms/101': ['VM.Audit', 'VM.Monitor'] }
  const token = addToken(world, 'root@pam!some', rules)
  const more = { token_name: 'some', token_value: token.secret }
  const proxmox = openProxmox(connectionTo(server, more))
  t.teardown(() => proxmox.close())
  const estate = await read(proxmox)
  t.strictSame(
    estate.guests.map((guest) => guest.interfaces !== undefined),
    [false, true, false]
  )
  t.match(
    estate.gaps.map((gap) => gap.vmid),
    [100, 102]
  )
  t.equal(estate.guestListWhole, true)
})

t.test('an abort ends the reading with its reason', async (t) => {
  const { server, proxmox } = await opened(t)
  server.faults.add({ kind: 'slow', on: '/config', delayMs: 5000 })
  const stop = new AbortController()
  const options = {
    concurrency: 4,
    facets,
    onProgress: () => stop.abort(new Error('cancelled'))
  }
  await t.rejects(readClusterEstate(proxmox, options, stop.signal), { message: 'cancelled' })
})

t.test('HA tells what it was asked for, a row only how far it is with it', async (t) => {
  const { world, server, proxmox } = await opened(t, { nodes: 1, simple: true, guests: 4 })
  const stateOf = async () => {
    const { guests, gaps } = await read(proxmox)
    return [...guests.map(({ haState }) => haState), ...gaps.map(({ facet }) => facet)]
  }
  t.same(await stateOf(), ['', '', '', ''])
  t.equal(server.requests.count('/cluster/ha/'), 0, 'nobody is under HA: nothing to ask')
  world.ha.push(
    { sid: 'vm:100', state: 'started', crmState: 'migrate' },
    { sid: 'vm:101', state: 'disabled', crmState: 'stopped' },
    { sid: 'vm:102', state: 'enabled', crmState: 'error' }
  )
  t.same(await stateOf(), ['started', 'disabled', 'started', ''])
  t.equal(server.requests.count('/cluster/ha/'), 1)
  server.faults.add({ kind: 'forbidden', on: '/cluster/ha/resources' })
  t.same(await stateOf(), [undefined, undefined, undefined, '', 'options'], 'unknown is not none')
})
