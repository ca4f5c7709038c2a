import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import {
  HttpAborted,
  type HttpClientOptions,
  HttpDecodeError,
  HttpTimeout,
  HttpTooLarge,
  HttpUnreachable,
  openHttpClient,
  type RequestReport
} from '../src/index.ts'
import { type Served, serve, serveTcp } from './serve.ts'

function open(test: Test, served: Pick<Served, 'port'>, more: Partial<HttpClientOptions> = {}) {
  const baseUrl = `http://127.0.0.1:${served.port}/api`
  const client = openHttpClient({ baseUrl, connections: 2, timeoutMs: 3000, ...more })
  test.teardown(() => client.close())
  return client
}

async function failure(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => {
      throw new Error('the call should have failed')
    },
    (error: unknown) => error
  )
}

t.test('a request arrives as described, and its answer comes back whole', async (t) => {
  const reports: RequestReport[] = []
  const server = await serve(t, async (request, response) => {
    const body = await text(request)
    response.writeHead(201, 'Made It', { 'x-seen': ['a', 'b'] })
    response.end(JSON.stringify({ url: request.url, headers: request.headers, body }))
  })
  const client = open(t, server, {
    headers: { Authorization: 'Token hidden' },
    onRequest: (report) => reports.push(report)
  })
  const answer = await client.request({
    method: 'POST',
    path: '/things/',
    query: { id: [1, 2], q: 'a b+ü', off: false, none: undefined },
    body: { name: 'ä' }
  })
  t.match(answer, { status: 201, statusText: 'Made It', headers: { 'x-seen': 'a, b' } })
  t.match(answer.json(), {
    url: '/api/things/?id=1&id=2&q=a%20b%2B%C3%BC&off=false',
    headers: {
      authorization: 'Token hidden',
      'content-type': 'application/json',
      'accept-encoding': 'gzip'
    },
    body: '{"name":"ä"}'
  })
  t.match(reports, [
    { method: 'POST', path: '/things/', status: 201, bytes: Buffer.byteLength(answer.text) }
  ])
  const form = await client.request({ method: 'POST', path: '/t', form: { username: 'root@pam' } })
  t.match(form.json(), { body: 'username=root%40pam' })
})

t.test('sockets are bounded and kept, or fresh for each request when asked', async (t) => {
  const server = await serve(t, (_request, response) => response.end('{}'))
  const kept = open(t, server)
  const get = { method: 'GET', path: '/' }
  await Promise.all(Array.from({ length: 20 }, () => kept.request(get)))
  t.equal(server.connections(), 2)
  const fresh = open(t, server, { closeConnections: true })
  for (let count = 0; count < 3; count += 1) {
    const answer = await fresh.request(get)
    t.equal(answer.headers.connection, 'close')
  }
  t.equal(server.connections(), 5)
})

t.test('what no server has seen is told apart from what it may have seen', async (t) => {
  const get = { method: 'GET', path: '/x' }
  const closed = await serveTcp(t, () => undefined)
  const silent = await serveTcp(t, () => undefined)
  const reset = await serveTcp(t, (socket) => socket.once('data', () => socket.destroy()))
  const half = await serveTcp(t, (socket) =>
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf'))
  )
  const alien = await serveTcp(t, (socket) => socket.once('data', () => socket.end('SSH-2.0\r\n')))
  const free = connect(closed.port, '127.0.0.1')
  await once(free, 'connect')
  const unused = free.localPort ?? 0
  free.destroy()
  await once(free, 'close')

  const refused = await failure(open(t, { port: unused }).request(get))
  t.match(refused, { name: 'HttpUnreachable', kind: 'refused', sent: false })
  const nameless = { baseUrl: 'http://no-such-host.invalid' }
  const dns = await failure(open(t, closed, nameless).request(get))
  t.match(dns, { name: 'HttpUnreachable', kind: 'dns', sent: false })
  const broken = await failure(open(t, reset).request(get))
  t.match(broken, { name: 'HttpUnreachable', kind: 'reset', sent: true })
  const cut = await failure(open(t, half).request(get))
  t.match(cut, { name: 'HttpUnreachable', kind: 'reset', sent: true })
  t.match(await failure(open(t, alien).request(get)), { kind: 'protocol', sent: true })

  const slow = open(t, silent, { connections: 1, timeoutMs: 150 })
  const [first, queued] = await Promise.all([
    failure(slow.request(get)),
    failure(slow.request({ ...get, timeoutMs: 100 }))
  ])
  t.match(first, { name: 'HttpTimeout', sent: true })
  t.match(queued, { name: 'HttpTimeout', sent: false }, 'it never left the queue')
})

t.test('the time limit holds for the whole body, not only its head', async (t) => {
  const server = await serve(t, (request, response) => {
    response.writeHead(200)
    const timer = setInterval(() => response.write('.'), 20)
    request.once('close', () => clearInterval(timer))
    response.once('close', () => clearInterval(timer))
  })
  const error = await failure(
    open(t, server, { timeoutMs: 200 }).request({ method: 'GET', path: '/' })
  )
  t.ok(error instanceof HttpTimeout)
})

t.test('an abort breaks the call off and closes its socket', async (t) => {
  const arrived = Promise.withResolvers<Socket>()
  const server = await serve(t, (request) => arrived.resolve(request.socket))
  const client = open(t, server)
  const controller = new AbortController()
  const call = failure(client.request({ method: 'GET', path: '/' }, controller.signal))
  const socket = await arrived.promise
  controller.abort(new Error('enough'))
  t.match(await call, { name: 'HttpAborted', sent: true, cause: { message: 'enough' } })
  if (!socket.destroyed) await once(socket, 'close')
  const late = await failure(client.request({ method: 'GET', path: '/' }, controller.signal))
  t.match(late, { name: 'HttpAborted', sent: false })
  t.equal(server.connections(), 1)
  const pending = failure(client.request({ method: 'GET', path: '/' }))
  await client.close()
  t.ok((await pending) instanceof HttpAborted, 'close breaks off what is under way')
})

t.test('bodies are unpacked, and limited after that too', async (t) => {
  const server = await serve(t, (request, response) => {
    const content = request.url?.endsWith('/bomb') ? 'x'.repeat(1_000_000) : '{"big":"yes"}'
    const isPlain = request.url?.endsWith('/plain')
    const body = isPlain ? Buffer.alloc(5000, 'y') : gzipSync(content)
    const isBroken = request.url?.endsWith('/broken')
    response.writeHead(200, isPlain ? {} : { 'content-encoding': 'gzip' })
    response.end(isBroken ? body.subarray(0, 15) : body)
  })
  const client = open(t, server, { maxBodyBytes: 2000 })
  const get = (path: string) => client.request({ method: 'GET', path })
  t.same((await get('/fine')).json(), { big: 'yes' })
  t.match(await failure(get('/bomb')), { name: 'HttpTooLarge', limitBytes: 2000 })
  t.ok((await failure(get('/plain'))) instanceof HttpTooLarge)
  t.ok((await failure(get('/broken'))) instanceof HttpDecodeError)
  t.same((await get('/fine')).json(), { big: 'yes' }, 'the client still works')
})

t.test('a pseudo status without length, closed by the server, is an answer', async (t) => {
  const server = await serveTcp(t, (socket) => {
    const head = 'HTTP/1.1 596 Connection timed out\r\nConnection: close\r\n\r\n'
    socket.once('data', () => socket.end(head))
  })
  const answer = await open(t, server).request({ method: 'GET', path: '/' })
  t.match(answer, { status: 596, statusText: 'Connection timed out', text: '' })
})

t.test('an answer that is no JSON is quoted briefly, without secrets', async (t) => {
  const secret = 'PVEAPIToken=root@pam!x=0123-4567-89ab'
  const server = await serve(t, (request, response) => {
    response.end(`<html> ${request.headers.authorization} ${'long '.repeat(200)}`)
  })
  const client = open(t, server, { headers: { Authorization: secret } })
  const answer = await client.request({ method: 'GET', path: '/version', query: { q: 'private' } })
  const error = t.throws(() => answer.json(), HttpDecodeError) as Error // asserted just here
  t.match(error.message, /^GET http:\/\/127\.0\.0\.1:\d+\/api\/version: .*<html> \[redacted\] long/)
  t.notMatch(error.message, /0123-4567|private/)
  t.ok(error.message.length < 320)
})

t.test('plain http goes through a proxy unless the host is exempt', async (t) => {
  const seen: (string | undefined)[] = []
  const proxy = await serve(t, (request, response) => {
    seen.push(request.url)
    response.end('"by proxy"')
  })
  const server = await serve(t, (_request, response) => response.end('"direct"'))
  const url = `http://127.0.0.1:${proxy.port}`
  const get = { method: 'GET', path: '/x' }
  const through = await open(t, server, { proxy: { url } }).request(get)
  t.equal(through.json(), 'by proxy')
  t.same(seen, [`http://127.0.0.1:${server.port}/api/x`])
  const exempt = open(t, server, { proxy: { url, noProxy: 'example.org, 127.0.0.1' } })
  t.equal((await exempt.request(get)).json(), 'direct')
})

t.test('programming faults are not dressed up as network errors', async (t) => {
  const server = await serve(t, (_request, response) => response.end('{}'))
  t.throws(() => open(t, server, { baseUrl: 'ftp://h' }), TypeError)
  t.throws(() => open(t, server, { baseUrl: 'http://u:p@h' }), TypeError)
  const bad = { method: 'GET', path: '/', headers: { 'x-y': 'a\r\nb' } }
  const error = await failure(open(t, server).request(bad))
  t.notOk(error instanceof HttpUnreachable)
  t.match(error, { code: 'UND_ERR_INVALID_ARG' })
})
