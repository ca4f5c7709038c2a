import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Call {
  readonly path: string
  readonly query: URLSearchParams
  readonly runId: string
  readonly attempt: number
  readonly atMs: number
  /** Of the fake's clock; undefined while the stream is open. */
  endedMs: number | undefined
  send(event: string, data: unknown): void
  comment(): void
  complete(ok?: boolean, result?: object, errors?: readonly object[]): void
  /** Cuts the connection in the middle. */
  break(): void
  /** Ends the stream as if all had been said. */
  end(): void
}

export type Script = (call: Call) => Promise<void> | void

const counts = { count: 1, created: 1, updated: 0, deleted: 0, unchanged: 0, held: 0 }
export const succeeded = {
  outcome: 'succeeded',
  counts: { 'dcim.device': counts },
  gaps: [],
  held: 0,
  plan: null
}

/** A sync backend that does what a script says: one script for each Run, run for each of its attempts. */
export async function openFakeBackend(isOurs: boolean) {
  const calls: Call[] = []
  const unknownPaths = new Set<string>()
  let script: Script = (call) => call.complete()
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://fake')
    if (url.pathname === '/health' || url.pathname === '/version')
      return json(response, 200, { version: '1' })
    if (url.pathname === '/capabilities') {
      if (!isOurs) return json(response, 404, { detail: 'Not Found' })
      if (request.headers.authorization !== `Bearer ${token}`)
        return json(response, 401, { detail: 'no' })
      return json(response, 200, capabilities)
    }
    if (unknownPaths.has(url.pathname)) return json(response, 404, { detail: 'Not Found' })
    const call = callFrom(url, request, response)
    calls.push(call)
    void Promise.resolve(script(call))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // a TCP server
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    unknownPaths,
    play: (next: Script) => {
      calls.length = 0
      script = next
    },
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    }
  }
}

export const token = 'the-token-of-the-backend'
const capabilities = {
  modes: ['sync', 'plan', 'apply', 'undo'],
  subset: true,
  scopes: ['proxmox_endpoint_ids', 'netbox_vm_ids'],
  lease: true
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function callFrom(url: URL, request: IncomingMessage, response: ServerResponse): Call {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
  response.flushHeaders()
  const send = (event: string, data: unknown) =>
    void response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  const call: Call = {
    path: url.pathname,
    query: url.searchParams,
    runId: String(request.headers['proxbox-run']),
    attempt: Number(request.headers['proxbox-attempt']),
    atMs: performance.now(),
    endedMs: undefined,
    send,
    comment: () => void response.write(': keep-alive\n\n'),
    complete(
      ok = true,
      result = ok ? succeeded : { ...succeeded, outcome: 'failed' },
      errors = []
    ) {
      send('complete', {
        ok,
        message: ok ? 'done' : 'not done',
        result,
        errors,
        errors_total: errors.length
      })
      response.end()
    },
    break: () => void response.destroy(),
    end: () => void response.end()
  }
  response.once('close', () => {
    call.endedMs = performance.now()
  })
  return call
}
