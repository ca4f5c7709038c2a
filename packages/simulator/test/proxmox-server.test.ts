import { createHash, X509Certificate } from 'node:crypto'
import https from 'node:https'
import t from 'tap'
import {
  addGuest,
  answerFaulted,
  authorizationOf,
  createFaultPlan,
  createWorld,
  type FaultKind,
  faultKinds,
  migrateGuest,
  openProxmoxServer,
  type ProxmoxServer,
  removeGuest,
  renameGuest,
  setAgent,
  setConfig,
  setNodeOnline,
  setPower,
  setPrivileges,
  type WorldOptions
} from '../src/proxmox/index.ts'

interface Got {
  status: number
  reason: string
  text: string
  connection: string | undefined
  port: number | undefined
}

async function opened(
  t: { teardown(fn: () => Promise<void>): unknown },
  options: WorldOptions = {},
  more: { proxyTimeoutMs?: number; idleTimeoutMs?: number } = {}
) {
  const world = createWorld({ guests: 12, nodes: 3, authDelayMs: 20, agentDelayMs: 60, ...options })
  const server = await openProxmoxServer({ world, ...more })
  const agent = new https.Agent({ keepAlive: true, maxSockets: 20, ca: server.caCertificate })
  t.teardown(async () => {
    agent.destroy()
    await server.close()
  })
  return { world, server, agent, get: (path: string) => ask(server, agent, path) }
}

function ask(server: ProxmoxServer, agent: https.Agent, path: string, form?: string): Promise<Got> {
  const { username, tokenName, tokenValue } = server
  const headers = {
    authorization: authorizationOf({ id: `${username}!${tokenName}`, secret: tokenValue }),
    ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' })
  }
  return new Promise((resolve, reject) => {
    const options = { agent, headers, method: form === undefined ? 'GET' : 'POST', timeout: 5000 }
    const request = https.request(`${server.url}/api2/json${path}`, options, (response) => {
      let text = ''
      response.on('data', (part) => {
        text += part
      })
      response.on('error', reject)
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          reason: response.statusMessage ?? '',
          text,
          connection: response.headers.connection,
          port: request.socket?.localPort
        })
      )
    })
    request.on('error', reject)
    request.end(form)
  })
}

t.test('the CA verifies the leaf, which has the told fingerprint', async (t) => {
  const { server, get, world } = await opened(t)
  const ca = new X509Certificate(server.caCertificate)
  const leaf = await new Promise<X509Certificate>((resolve, reject) => {
    const request = https.get(server.url, { ca: server.caCertificate }, (response) => {
      const raw = response.socket
      response.resume()
      if ('getPeerX509Certificate' in raw && typeof raw.getPeerX509Certificate === 'function') {
        resolve(raw.getPeerX509Certificate())
      } else reject(new TypeError('not a TLS socket'))
    })
    request.on('error', reject)
  })
  t.ok(leaf.verify(ca.publicKey))
  t.ok(leaf.checkIP('127.0.0.1') && leaf.checkHost('pve1'))
  const bare = createHash('sha256').update(leaf.raw).digest('hex').toUpperCase()
  t.equal(server.fingerprintSha256.replaceAll(':', ''), bare)
  const { data } = JSON.parse((await get('/nodes/pve2/certificates/info')).text)
  const rows: { filename: string; pem: string; fingerprint: string }[] = data
  const root = rows.find((row) => row.filename === 'pve-root-ca.pem')
  t.equal(root?.pem, server.caCertificate)
  const other = rows.find((row) => row.filename === 'pve-ssl.pem')
  t.ok(new X509Certificate(other?.pem ?? '').verify(ca.publicKey), 'one CA for all nodes')
  t.not(other?.fingerprint, server.fingerprintSha256, 'but a leaf for each')
  const second = await openProxmoxServer({ world, entryNode: 'pve2' })
  t.teardown(() => second.close())
  t.equal(second.caCertificate, server.caCertificate, 'two nodes of one cluster share it')
  t.match(world.certificates?.nodes, {
    pve1: { fingerprint: server.fingerprintSha256 },
    pve2: { fingerprint: second.fingerprintSha256 }
  })
  const again = await openProxmoxServer({ world })
  t.teardown(() => again.close())
  t.equal(again.caCertificate, server.caCertificate, 'the CA outlives a restart')
  t.not(again.fingerprintSha256, server.fingerprintSha256, 'the leaf does not')
})

t.test('a connection ends after 100 requests and after every error', async (t) => {
  const { server } = await opened(t)
  const single = new https.Agent({ keepAlive: true, maxSockets: 1, ca: server.caCertificate })
  t.teardown(async () => single.destroy())
  const ports: (number | undefined)[] = []
  for (let n = 0; n < 101; n++) ports.push((await ask(server, single, '/version')).port)
  t.equal(new Set(ports.slice(0, 100)).size, 1)
  t.not(ports[100], ports[0], 'the 101st goes over a new connection')
  const failed = await ask(server, single, '/nowhere')
  t.match(failed, { status: 501, connection: 'close', port: ports[100] })
  t.not((await ask(server, single, '/version')).port, ports[100])
})

t.test('three workers per node and kind, each busy while it works', async (t) => {
  const { world, server, get } = await opened(t, { guests: 0 })
  const vms = Array.from({ length: 6 }, () => addGuest(world, { node: 'pve2', agent: 'silent' }))
  const started = performance.now()
  const answers = await Promise.all(
    vms.map((vm) => get(`/nodes/pve2/qemu/${vm.vmid}/agent/get-osinfo`))
  )
  const took = performance.now() - started
  t.ok(
    answers.every(
      ({ status, reason }) => status === 500 && reason === 'QEMU guest agent is not running'
    )
  )
  t.ok(took >= 2 * 60, `six silent agents on three workers take two turns (${took} ms)`)
  t.equal(server.requests.inFlightMax().pve2?.D, 6)
  t.ok(Object.values(server.requests.agentInFlightMax()).every((most) => most === 1))
})

t.test('a proxied call without a byte in time is a bare 596', async (t) => {
  const { world, get } = await opened(t, { guests: 0, agentDelayMs: 400 }, { proxyTimeoutMs: 50 })
  const vm = addGuest(world, { agent: 'silent' })
  const late = await get(`/nodes/pve1/qemu/${vm.vmid}/agent/info`)
  t.match(late, { status: 596, text: '', connection: 'close' })
})

t.test('a password gives a ticket, a wrong one a late 401', async (t) => {
  const { server, agent } = await opened(t)
  const form = new URLSearchParams({ username: 'root@pam', password: server.password }).toString()
  const { data } = JSON.parse((await ask(server, agent, '/access/ticket', form)).text)
  t.match(data, { username: 'root@pam', ticket: /^PVE:root@pam:[0-9A-F]{8}::/, clustername: 'lab' })
  const started = performance.now()
  const wrong = await ask(server, agent, '/access/ticket', 'username=root@pam&password=no')
  t.match(wrong, { status: 401, reason: 'authentication failure', text: '' })
  t.ok(performance.now() - started >= 19, 'only after the delay')
})

t.test('the world may change between requests', async (t) => {
  const { world, get } = await opened(t, { guests: 0, version: '9.2' })
  const [kept, gone] = [addGuest(world), addGuest(world, { type: 'lxc' })]
  const rows = async () => {
    const { data } = JSON.parse((await get('/cluster/resources?type=vm')).text)
    const list: Record<string, unknown>[] = data
    return list.map(({ vmid, name, node, status }) => [Number(vmid), name, node, status])
  }
  renameGuest(world, kept.vmid, 'renamed')
  migrateGuest(world, kept.vmid, 'pve2')
  setPower(world, kept.vmid, 'paused')
  removeGuest(world, gone.vmid)
  t.strictSame(await rows(), [[kept.vmid, 'renamed', 'pve2', 'paused']])
  const moved = await get(`/nodes/pve1/qemu/${kept.vmid}/config`)
  t.match(moved, { status: 500, reason: /does not exist/ })
  const config = `/nodes/pve2/qemu/${kept.vmid}/config`
  const before = JSON.parse((await get(config)).text).data.digest
  setConfig(world, kept.vmid, 'cores', 8)
  t.not(JSON.parse((await get(config)).text).data.digest, before)
  setPower(world, kept.vmid, 'running')
  setAgent(world, kept.vmid, 'error-in-200')
  const err = await get(`/nodes/pve2/qemu/${kept.vmid}/agent/network-get-interfaces`)
  t.match(JSON.parse(err.text), { data: { result: { error: { class: 'CommandNotFound' } } } })
  setNodeOnline(world, 'pve2', false)
  t.strictSame(await rows(), [[kept.vmid, undefined, 'pve2', 'unknown']])
  t.match(await get(config), { status: 595, text: '' })
})

t.test('faults strike where they are told', async (t) => {
  const { server, get } = await opened(t)
  const { faults } = server
  const takeBack = faults.add({ kind: 'forbidden', on: '/cluster/status' })
  t.match(await get('/cluster/status'), { status: 403, reason: /^Permission check failed/ })
  takeBack()
  t.equal((await get('/cluster/status')).status, 200)
  faults.add({ kind: 'empty-list', on: /resources$/, times: 1 })
  t.equal((await get('/cluster/resources')).text, '{"data":[]}')
  t.not((await get('/cluster/resources')).text, '{"data":[]}')
  faults.add({ kind: 'null-data', on: ({ query }) => query.type === 'vm' })
  t.equal((await get('/cluster/resources?type=vm')).text, '{"data":null}')
  faults.add({ kind: 'unreachable', on: '/nodes/pve2/' })
  t.match(await get('/nodes/pve2/status'), { status: 595, text: '' })
  faults.add({ kind: 'truncated', on: '/storage' })
  await t.rejects(get('/storage'))
  faults.add({ kind: 'not-json', on: '/pools' })
  t.match(await get('/pools'), { status: 200, text: /^<html>/ })
  faults.clear()
  faults.closeOnAccept(1)
  const fresh = new https.Agent({ ca: server.caCertificate })
  await t.rejects(ask(server, fresh, '/version'))
  t.equal((await ask(server, fresh, '/version')).status, 200)
  t.equal(server.requests.count('/cluster/resources'), 3)
})

/** Status and body of each fault of /cluster/status in this world; a pattern for what is cut. */
const struck: Record<FaultKind, { status?: number; text?: string | RegExp }> = {
  unauthorized: { status: 401, text: '' },
  forbidden: { status: 403, text: /^\{"data":null,"message":"Permission check failed/ },
  internal: { status: 500, text: /^\{"data":null,"message"/ },
  'not-implemented': { status: 501, text: /not implemented/ },
  unreachable: { status: 595, text: '' },
  timeout: { status: 596, text: '' },
  slow: { status: 200, text: /"quorate"/ },
  truncated: {},
  'cut-json': { status: 200, text: /^\{"data":\[.*[^}]$/ },
  'empty-body': { status: 200, text: '' },
  'empty-list': { status: 200, text: '{"data":[]}' },
  'empty-object': { status: 200, text: '{"data":{}}' },
  'null-data': { status: 200, text: '{"data":null}' },
  half: { status: 200, text: /pve2/ },
  'wrong-types': { status: 200, text: /"name":\{"text":"lab"\}/ },
  'not-json': { status: 200, text: /^<html>/ },
  disconnect: {}
}

t.test('each fault, by the template of the path: over HTTP as in process', async (t) => {
  const world = createWorld({ guests: 2, nodes: 2 })
  const server = await openProxmoxServer({ world, jitter: false })
  const agent = new https.Agent({ ca: server.caCertificate })
  t.teardown(() => server.close())
  const auth = {
    authorization: authorizationOf({
      id: `${server.username}!${server.tokenName}`,
      secret: server.tokenValue
    })
  }
  for (const kind of faultKinds) {
    const fault = { kind, on: '/nodes/{node}/qemu', delayMs: 5 }
    const faults = createFaultPlan()
    faults.add(fault)
    faults.add({ ...fault, on: ({ route }) => route === '/cluster/status' })
    server.faults.clear()
    server.faults.add({ ...fault, on: ({ route }) => route === '/cluster/status' })
    const request = { method: 'GET', path: '/cluster/status', auth }
    const { given } = answerFaulted(world, request, { faults })
    const wanted = struck[kind]
    if (wanted.status === undefined) {
      t.ok(given.breaks, kind)
      await t.rejects(ask(server, agent, '/cluster/status'), kind)
    } else {
      t.match(await ask(server, agent, '/cluster/status'), wanted, kind)
      t.match(
        {
          status: given.status,
          text: given.text ?? (given.body === null ? '' : JSON.stringify(given.body))
        },
        wanted,
        kind
      )
    }
    const same = answerFaulted(world, { ...request, path: '/nodes/pve2/qemu' }, { faults })
    t.not(same.given, same.own, 'whatever the node is')
    const other = { method: 'GET', path: '/nodes/pve1/lxc', auth }
    t.equal(answerFaulted(world, other, { faults }).given.status, 200, 'other paths are spared')
  }
})

t.test('what the credential holds, and what the answer leaves out', async (t) => {
  const { world, get } = await opened(t, { guests: 0, version: '9.2' })
  const [one, pooled] = [addGuest(world), addGuest(world, { pool: 'production' })]
  const token = world.tokens[0]?.id ?? ''
  const read = async (path: string) => JSON.parse((await get(path)).text).data
  const all = ['VM.Audit', 'Sys.Audit']
  setPrivileges(world, token, { '/': all, [`/vms/${one.vmid}`]: ['NoAccess'], '/sdn': [] })
  const held = await read('/access/permissions')
  t.match(held['/vms'], { 'VM.Audit': /1/ })
  t.match(held[`/vms/${pooled.vmid}`], { 'VM.Audit': /1/ }, 'guests of pools are listed')
  t.notOk(`/vms/${one.vmid}` in held, 'a path without any right is not')
  t.notOk('/sdn' in held)
  const rules: { path: string }[] = await read('/access/acl')
  t.ok(rules.some(({ path }) => path === `/vms/${one.vmid}`))
  t.strictSame(
    (await read('/cluster/resources?type=vm')).map((row: { vmid: number }) => Number(row.vmid)),
    [pooled.vmid]
  )
  setPrivileges(world, token, { '/': ['VM.Audit'] })
  t.strictSame(await read('/access/acl'), [], 'only an auditor of /access is told the rules')
  world.tokens = world.tokens.map((held) => ({
    ...held,
    rules: [{ path: '/', privileges: ['VM.Audit'], propagate: false }]
  }))
  const alone = await read('/access/permissions')
  t.strictSame(Object.keys(alone), ['/'])
  t.match(alone['/'], { 'VM.Audit': /0/ }, 'it does not go on to what is below')
})
