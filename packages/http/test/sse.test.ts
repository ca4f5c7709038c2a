import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import {
  encodePythonJson,
  type FollowSseOptions,
  followSse,
  formatSseEvent,
  HttpAborted,
  HttpTimeout,
  openHttpClient,
  openSseResponse,
  redact,
  retryIdempotent,
  type SseResponse
} from '../src/index.ts'
import { type Served, serve } from './serve.ts'

async function collected<T>(pieces: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const piece of pieces) all.push(piece)
  return all
}

const never = new AbortController().signal

function follow(test: Test, served: Served, more: Partial<FollowSseOptions> = {}, signal = never) {
  const baseUrl = `http://127.0.0.1:${served.port}`
  const headers = { authorization: 'Bearer abcdefgh' }
  const client = openHttpClient({ baseUrl, connections: 1, timeoutMs: 300, headers })
  test.teardown(() => client.close())
  const limits = { firstByteTimeoutMs: 1000, idleTimeoutMs: 1000, maxEventBytes: 1000 }
  return followSse({ client, path: '/stream', ...limits, ...more }, signal)
}

/** A stream that writes these pieces one by one, each in a packet of its own. */
async function servePieces(test: Test, pieces: readonly Buffer[]): Promise<Served> {
  return serve(test, async (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
    for (const piece of pieces) {
      await new Promise((resolve) => {
        response.write(piece, resolve)
      })
      await new Promise(setImmediate)
    }
    response.end()
  })
}

t.test('events are the same however the bytes are split', async (t) => {
  const text = [
    ': hello\n\n',
    'id: 7-1\nevent: step\ndata: {"a":"ü 🚀 \u2028"}\n\n',
    'data: one\r\ndata: two\r\n\r\n',
    'event: half\ndata: never finished'
  ].join('')
  const bytes = Buffer.from(text)
  const expected = [
    { comment: 'hello' },
    { event: 'step', data: '{"a":"ü 🚀 \u2028"}', id: '7-1' },
    { event: 'message', data: 'one\ntwo' }
  ]
  const single = Array.from(bytes, (_byte, at) => bytes.subarray(at, at + 1))
  for (const pieces of [[bytes], single, [bytes.subarray(0, 37), bytes.subarray(37)]]) {
    const server = await servePieces(t, pieces)
    const seen = await collected(follow(t, server))
    t.match(seen, expected)
    t.equal(seen.length, expected.length)
  }
})

t.test('silence ends a stream, comments keep it alive', async (t) => {
  const responses: SseResponse[] = []
  const server = await serve(t, (request, response) => {
    const heartbeatMs = request.url?.includes('quiet') ? 10_000 : 40
    responses.push(openSseResponse(response, { heartbeatMs, maxBufferedBytes: 1000 }))
  })
  const began = Date.now()
  const quiet = collected(follow(t, server, { query: { quiet: 1 }, idleTimeoutMs: 120 }))
  await t.rejects(quiet, { name: 'HttpTimeout', sent: true })
  t.ok(Date.now() - began < 900)
  t.equal(await responses[0]?.closed, 'client-gone')

  // Longer than both the idle limit and the client's limit for a whole call.
  let comments = 0
  for await (const piece of follow(t, server, { idleTimeoutMs: 200 })) {
    t.same(piece, { comment: 'keep-alive' })
    comments += 1
    if (comments === 10) break
  }
  t.equal(await responses[1]?.closed, 'client-gone', 'leaving the loop hangs up')
  t.ok(responses[1]?.signal.aborted)
})

t.test('no head, another status or another type are errors of their own', async (t) => {
  const server = await serve(t, (request, response) => {
    if (request.url?.includes('mute')) return
    if (request.url?.includes('html')) return response.end('<html>abcdefgh')
    response.writeHead(409)
    response.end(`lease held, token abcdefgh ${'x'.repeat(100_000)}`)
  })
  const mute = collected(follow(t, server, { path: '/mute', firstByteTimeoutMs: 100 }))
  await t.rejects(
    mute,
    new HttpTimeout(`GET http://127.0.0.1:${server.port}/mute: no answer within 100 ms`, {
      sent: true
    })
  )
  const refused = await collected(follow(t, server)).catch((error: unknown) => error)
  t.match(refused, {
    name: 'HttpStatusError',
    status: 409,
    body: /^lease held, token \[redacted\] x/
  })
  // Checked by t.match: it is an HttpStatusError.
  t.ok((refused as { body: string }).body.length <= 64 * 1024)
  const html = collected(follow(t, server, { path: '/html' }))
  await t.rejects(html, { name: 'HttpDecodeError', message: /"<html>\[redacted\]"$/ })
})

t.test('a broken connection, a giant event and an abort end the stream', async (t) => {
  const server = await serve(t, (request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('event: a\ndata: 1\n\n')
    if (request.url?.includes('cut')) setTimeout(() => response.destroy(), 20)
    if (request.url?.includes('giant')) response.write(`data: ${'x'.repeat(1001)}`)
    if (request.url?.includes('lines')) response.write('data: 12345678\n'.repeat(200))
  })
  const cut = collected(follow(t, server, { path: '/cut' }))
  await t.rejects(cut, { name: 'HttpUnreachable', kind: 'reset', sent: true })
  for (const path of ['/giant', '/lines']) {
    const giant = collected(follow(t, server, { path }))
    await t.rejects(giant, { name: 'HttpTooLarge', limitBytes: 1000 })
  }
  const controller = new AbortController()
  const seen: unknown[] = []
  const aborted = (async () => {
    for await (const piece of follow(t, server, {}, controller.signal)) {
      seen.push(piece)
      controller.abort()
    }
  })()
  await t.rejects(aborted, { name: 'HttpAborted', sent: true })
  t.same(seen, [{ event: 'a', data: '1' }])
})

t.test('the time a reader takes is not silence, and its pace reaches the server', async (t) => {
  const total = 400
  const chunk = Buffer.from(`data: ${'x'.repeat(8000)}\n\n`)
  let written = 0
  const server = await serve(t, async (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (; written < total; written += 1) {
      if (!response.write(chunk)) await once(response, 'drain')
    }
    response.end()
  })
  let read = 0
  for await (const _piece of follow(t, server, { idleTimeoutMs: 100, maxEventBytes: 10_000 })) {
    read += 1
    if (read === 1) await new Promise((resolve) => setTimeout(resolve, 300))
  }
  t.equal(read, total)
})

t.test('the contract style is what Python writes, byte for byte', async (t) => {
  const data = {
    text: 'é \u2028 🚀 \u007f \u0001 "q" \\ /\n\t',
    nested: { list: [1, -2.5, [], {}, null, true], none: undefined },
    kéy: false
  }
  const json =
    '{"text": "\\u00e9 \\u2028 \\ud83d\\ude80 \\u007f \\u0001 \\"q\\" \\\\ /\\n\\t", ' +
    '"nested": {"list": [1, -2.5, [], {}, null, true]}, "k\\u00e9y": false}'
  t.equal(encodePythonJson(data), json)
  t.same(JSON.parse(json), JSON.parse(JSON.stringify(data)))
  const event = { event: 'step', data, id: '9' }
  t.equal(formatSseEvent(event, 'contract').toString(), `event: step\ndata: ${json}\n\n`)
  const compact = JSON.stringify(data)
  t.equal(formatSseEvent(event, 'browser').toString(), `id: 9\nevent: step\ndata: ${compact}\n\n`)
  const anonymous = { event: 'step', data: null }
  t.equal(formatSseEvent(anonymous, 'browser').toString(), 'event: step\ndata: null\n\n')
  t.equal(encodePythonJson([new Date(0), '\ud800']), '["1970-01-01T00:00:00.000Z", "\\ud800"]')
  for (const bad of [
    { event: 'a\nb', data: 1 },
    { event: '', data: 1 },
    { event: 'a', data: undefined },
    { event: 'a', data: 1, id: 'x\r' }
  ]) {
    t.throws(() => formatSseEvent(bad, 'browser'), TypeError)
  }
  t.throws(() => encodePythonJson(undefined), TypeError)
})

t.test(
  'a response streams at once, ends when told, and cuts a client that does not read',
  async (t) => {
    const opened: SseResponse[] = []
    const server = await serve(t, (_request, response: ServerResponse) => {
      const options = { heartbeatMs: 200, maxBufferedBytes: 100_000, headers: { 'X-Run': '1' } }
      opened.push(openSseResponse(response, options))
    })
    const socket = connect(server.port, '127.0.0.1')
    t.teardown(() => socket.destroy())
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    const [head] = (await once(socket, 'data')) as [Buffer] // 'data' carries one Buffer
    const lines = head.toString().toLowerCase().split('\r\n')
    t.equal(lines[0], 'http/1.1 200 ok')
    for (const line of [
      'content-type: text/event-stream; charset=utf-8',
      'cache-control: no-cache',
      'x-accel-buffering: no',
      'x-run: 1',
      'transfer-encoding: chunked'
    ]) {
      t.ok(lines.includes(line), line)
    }
    const [first] = opened
    t.equal(first?.write(formatSseEvent({ event: 'a', data: 1 }, 'contract')), true)
    const [event] = (await once(socket, 'data')) as [Buffer] // as above
    t.match(event.toString(), 'event: a\ndata: 1\n\n')
    t.throws(() => first?.comment('a\nb'), TypeError)
    first?.end()
    t.equal(await first?.closed, 'ended')
    t.ok(first?.signal.aborted)
    t.equal(first?.write(Buffer.from('late')), false)

    const deaf = connect(server.port, '127.0.0.1')
    t.teardown(() => deaf.destroy())
    deaf.pause()
    deaf.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    while (opened.length < 2) await new Promise(setImmediate)
    const chunk = Buffer.alloc(64_000, 'x')
    let accepted = 0
    // Kernel buffers take a few MiB; without the cut this would go on for 200 MiB.
    while (accepted < 3000 && opened[1]?.write(chunk)) {
      accepted += 1
      await new Promise(setImmediate)
    }
    t.ok(accepted < 3000)
    t.equal(await opened[1]?.closed, 'too-slow')
  }
)

t.test('a client that does not read the end is cut as well', async (t) => {
  const opened = Promise.withResolvers<SseResponse>()
  const server = await serve(t, (_request, response) => {
    opened.resolve(openSseResponse(response, { heartbeatMs: 100, maxBufferedBytes: 1e9 }))
  })
  const deaf = connect(server.port, '127.0.0.1')
  t.teardown(() => deaf.destroy())
  deaf.pause()
  deaf.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  const stream = await opened.promise
  stream.write(Buffer.alloc(32_000_000, 'x'))
  stream.end()
  t.equal(await stream.closed, 'too-slow')
})

t.test('retries stay within their budget and their bounds', async (t) => {
  const pauses: number[] = []
  const sleep = async (ms: number) => {
    pauses.push(ms)
  }
  const rules = { attempts: 5, baseMs: 100, capMs: 500, sleep, shouldRetry: () => true }
  const attempts: number[] = []
  const failing = retryIdempotent(
    (attempt) => {
      attempts.push(attempt)
      return Promise.reject(new Error(`failed ${attempt}`))
    },
    { ...rules, random: () => 0.5 }
  )
  await t.rejects(failing, { message: 'failed 5' })
  t.same(attempts, [1, 2, 3, 4, 5])
  t.same(pauses, [50, 100, 200, 250])

  pauses.length = 0
  const once = (attempt: number) => (attempt === 1 ? Promise.reject(new Error('busy')) : 'done')
  const call = async (attempt: number) => once(attempt)
  t.equal(await retryIdempotent(call, { ...rules, retryAfterMs: () => 300 }), 'done')
  t.equal(await retryIdempotent(call, { ...rules, retryAfterMs: () => 9000 }), 'done')
  t.same(pauses, [300, 500], 'the server is heard, up to the cap')
  await t.rejects(retryIdempotent(call, { ...rules, shouldRetry: () => false }), {
    message: 'busy'
  })

  const { sleep: _injected, ...real } = rules
  const slow = { ...real, baseMs: 60_000, capMs: 60_000, random: () => 0.99 }
  const aborted = retryIdempotent(call, slow, AbortSignal.timeout(30))
  t.ok((await aborted.catch((error: unknown) => error)) instanceof HttpAborted)
})

t.test('secrets are masked plain and encoded, the longest first', async (t) => {
  const text = 'a=top/secret b=top%2Fsecret c=top'
  t.equal(redact(text, ['top', 'top/secret', '']), 'a=[redacted] b=[redacted] c=[redacted]')
})
