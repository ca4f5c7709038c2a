import type { BusUser, ServiceName } from '@proxbox/contracts'
import { openTestNats } from '@proxbox/embedded'
import { connect, nkeyAuthenticator } from 'nats'
import t from 'tap'
import { type Bus, openBus, SequenceMismatch, type StreamMessage } from '../src/index.ts'
import { openTestBus } from './test-bus.ts'

const server = await openTestBus()
t.teardown(() => server.close())
const { encryptionKey } = server

const open = async (
  service: ServiceName,
  key: Buffer | undefined = encryptionKey
): Promise<Bus> => {
  const bus = await openBus({
    url: server.url,
    service,
    nkeySeed: server.seedOf(service),
    ...(key === undefined ? {} : { encryptionKey: key })
  })
  t.teardown(() => bus.close())
  return bus
}
const connectAs = async (user: BusUser) => {
  const connection = await connect({
    servers: server.url,
    inboxPrefix: `_INBOX_${user}`,
    authenticator: nkeyAuthenticator(new TextEncoder().encode(server.seedOf(user)))
  })
  t.teardown(() => connection.close())
  return connection
}
const json = (status: number, body: unknown) => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body)
})

const [gateway, registry, orchestrator, inventory, collector] = await Promise.all([
  open('gateway'),
  open('registry'),
  open('orchestrator'),
  open('inventory', undefined),
  open('collector')
])
await orchestrator.ensureStreams('orchestrator')
await orchestrator.ensureStreams('orchestrator')
await inventory.ensureStreams('inventory')

t.test('calls: joined parts, statuses, deadlines, nobody there', async (t) => {
  const big = 'x'.repeat(1_400_000)
  const serving = await registry.serve('registry', async (route, request) => {
    if (route.operationId === 'readSettings') return json(200, { big, url: request.url })
    if (route.operationId === 'readProxmoxEndpoint')
      return json(404, { code: 'NOT_FOUND', detail: 'No ProxmoxEndpoint with id 7.' })
    await new Promise((resolve) => setTimeout(resolve, 500))
    return json(200, {})
  })
  const reply = await gateway.call<{ big: string }>('readSettings', {})
  t.equal(reply.body.big.length, big.length, 'a reply of several parts is joined')
  t.match(
    await gateway.call('readProxmoxEndpoint', { params: { id: 7 } }),
    { status: 404 },
    'a refusal is returned'
  )
  await t.rejects(gateway.ask('readProxmoxEndpoint', { params: { id: 7 } }), {
    code: 'NOT_FOUND',
    message: 'No ProxmoxEndpoint with id 7.'
  })
  await t.rejects(gateway.call('listProxmoxEndpoints', { timeoutMs: 100 }), {
    code: 'SERVICE_TIMEOUT',
    status: 504
  })
  await serving.stop()
  await t.rejects(gateway.call('readSettings', {}), { code: 'SERVICE_UNAVAILABLE', status: 503 })
  await t.rejects(collector.call('recordIntents', { body: { intents: 'y'.repeat(600_000) } }), {
    code: 'TOO_LARGE'
  })
})

t.test('secrets cross the bus sealed, and only with the right key', async (t) => {
  // With rights in force nobody could listen in: this server has none, so that a spy sees what travels.
  const openServer = await openTestNats()
  t.teardown(() => openServer.stop())
  const seen: string[] = []
  const spy = await connect({ servers: openServer.url })
  t.teardown(() => spy.close())
  spy.subscribe('>', {
    callback: (_error, message) => seen.push(Buffer.from(message.data).toString())
  })
  await spy.flush()
  const join = (service: ServiceName) => openBus({ url: openServer.url, service, encryptionKey })
  const [gateway, registry, collector] = await Promise.all([
    join('gateway'),
    join('registry'),
    join('collector')
  ])
  t.teardown(() => Promise.all([gateway.close(), registry.close(), collector.close()]))
  let got: unknown
  const serving = await registry.serve('registry', async (route, request) => {
    if (route.operationId === 'createNetBoxEndpoint') {
      got = JSON.parse(request.payload ?? '{}')
      return json(201, { id: 1 })
    }
    return json(200, { results: [{ id: 1, password: 'geheim-1', token_value: 'geheim-2' }] })
  })
  await gateway.call('createNetBoxEndpoint', { body: { name: 'a', token: 'geheim-3' } })
  t.same(got, { name: 'a', token: 'geheim-3' }, 'the handler sees the secret')
  const reply = await collector.call<{ results: unknown[] }>('readProxmoxConnections', {
    body: { ids: [] }
  })
  t.same(reply.body.results, [{ id: 1, password: 'geheim-1', token_value: 'geheim-2' }])
  await spy.flush()
  t.ok(seen.length >= 4, 'the spy saw requests and replies')
  t.notMatch(seen.join(), 'geheim')
  await serving.stop()
  const inventory = await openBus({ url: openServer.url, service: 'inventory' })
  t.teardown(() => inventory.close())
  await t.rejects(
    inventory.call('createNetBoxEndpoint', { body: { token: 'x' } }),
    { code: 'CONFIG_INVALID' },
    'without a key nothing secret is sent'
  )
})

t.test('everybody may do what the tables say and nothing else', async (t) => {
  const serving = await registry.serve('registry', async () => json(200, {}))
  await t.rejects(
    gateway.call('readNetBoxConnection', { body: { id: 1 }, timeoutMs: 300 }),
    { code: 'SERVICE_TIMEOUT' },
    'the gateway never gets credentials'
  )
  t.match(await collector.call('readNetBoxConnection', { body: { id: 1 } }), { status: 200 })
  await t.rejects(
    collector.publish('frames', { run_id: 'r' }, {}, { timeoutMs: 300 }),
    { code: 'BUS_UNAVAILABLE' },
    'the collector publishes no frames'
  )
  const integration = await connectAs('integration')
  const refused: string[] = []
  void (async () => {
    for await (const status of integration.status()) refused.push(String(status.data))
  })()
  integration.publish('proxbox.runs.x.frames', '{}')
  integration.subscribe('proxbox.svc.>')
  integration.subscribe('proxbox.runs.>')
  await integration.flush()
  await new Promise((resolve) => setTimeout(resolve, 100))
  t.equal(refused.length, 2, 'integration may subscribe to the feeds alone')
  await serving.stop()
})

t.test('frames: order, resume, expected sequence', async (t) => {
  const live: StreamMessage[] = []
  const ending = new AbortController()
  const following = (async () => {
    for await (const message of gateway.read('frames', { from: 'first' }, ending.signal))
      live.push(message)
  })()
  const first = await orchestrator.publish(
    'frames',
    { run_id: 'r1' },
    { n: 1 },
    { messageId: 'r1:1', expectedLastSubjectSequence: 0, headers: { 'Proxbox-Event': 'step' } }
  )
  t.match(await orchestrator.publish('frames', { run_id: 'r1' }, { n: 1 }, { messageId: 'r1:1' }), {
    duplicate: true,
    sequence: first.sequence
  })
  await t.rejects(
    orchestrator.publish(
      'frames',
      { run_id: 'r1' },
      { n: 2 },
      { messageId: 'r1:2', expectedLastSubjectSequence: 0 }
    ),
    SequenceMismatch
  )
  await orchestrator.publish('frames', { run_id: 'r2' }, { n: 1 }, { messageId: 'r2:1' })
  await orchestrator.publish(
    'frames',
    { run_id: 'r1' },
    { n: 2 },
    { messageId: 'r1:2', expectedLastSubjectSequence: first.sequence }
  )
  t.match(await orchestrator.lastOf('frames', { run_id: 'r1' }), {
    payload: { n: 2 },
    messageId: 'r1:2'
  })
  t.equal(await orchestrator.lastOf('frames', { run_id: 'none' }), undefined)
  const past: unknown[] = []
  for await (const message of gateway.read(
    'frames',
    { parameters: { run_id: 'r1' }, from: 'first', until: 1000 },
    ending.signal
  ))
    past.push(message.payload)
  t.same(past, [{ n: 1 }, { n: 2 }], 'the past of one run ends by itself')
  for await (const message of gateway.read(
    'frames',
    { parameters: { run_id: 'none' }, from: 'first', until: 1000 },
    ending.signal
  ))
    past.push(message)
  t.equal(past.length, 2, 'a run without frames ends at once')
  for (let n = 3; n <= 200; n += 1)
    await orchestrator.publish('frames', { run_id: 'r1' }, { n }, { messageId: `r1:${n}` })
  for (let wait = 0; live.length < 201 && wait < 250; wait += 1)
    await new Promise((resolve) => setTimeout(resolve, 20))
  t.same(
    live.map((message) => message.sequence),
    live.map((_, index) => index + (live[0]?.sequence ?? 0)),
    'no gap, no double'
  )
  t.equal(live[0]?.headers['Proxbox-Event'], 'step')
  ending.abort()
  await following
})

t.test('wake-ups reach one orchestrator', async (t) => {
  const got: unknown[] = []
  const working = await orchestrator.work((payload) => got.push(payload))
  await orchestrator.publish('work', {}, { run_id: 'r1' })
  while (got.length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
  t.same(got, [{ run_id: 'r1' }])
  await working.stop()
  const heard: unknown[] = []
  const listening = await collector.listen('cancel', (message) => heard.push(message.parameters))
  orchestrator.notify('cancel', { run_id: 'r9' }, { run_id: 'r9' })
  while (heard.length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
  t.same(heard, [{ run_id: 'r9' }])
  await listening.stop()
})
