import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Writable } from 'node:stream'
import { text as readText } from 'node:stream/consumers'
import { runCli } from '../src/cli.ts'

export interface Asked {
  readonly line: string
  readonly body: unknown
  readonly headers: IncomingMessage['headers']
}

export type Answer = (asked: Asked, response: ServerResponse) => void

/** A gateway on 127.0.0.1 that answers `METHOD /path` as told, anything else with 404, and keeps what it was asked. */
export async function openFakeGateway(t: Test, answers: Readonly<Record<string, Answer>>) {
  const asked: Asked[] = []
  const server = createServer(async (request, response) => {
    const text = await readText(request)
    const one = {
      line: `${request.method} ${request.url}`,
      body: text === '' ? undefined : (JSON.parse(text) as unknown),
      headers: request.headers
    }
    asked.push(one)
    const answer = answers[`${request.method} ${request.url?.split('?')[0]}`]
    if (answer === undefined) json(404, { detail: 'No such thing.' })(one, response)
    else answer(one, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo // of a listening TCP server
  return { url: `http://127.0.0.1:${port}`, asked }
}

/** What is needed of a tap test. */
export interface Test {
  teardown(fn: () => unknown): void
}

export const json =
  (status: number, body: unknown): Answer =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(body))
  }

/** What a command line printed, and its exit code. */
export async function runLine(line: string, env: Record<string, string>, signal?: AbortSignal) {
  const stdout = collector()
  const stderr = collector()
  const code = await runCli(line.split(' '), env, {
    stdout,
    stderr,
    signal: signal ?? AbortSignal.timeout(20_000)
  })
  return { code, out: stdout.text(), err: stderr.text() }
}

export function collector() {
  const parts: string[] = []
  const stream = new Writable({
    write(chunk, _, done) {
      parts.push(String(chunk))
      done()
    }
  })
  return Object.assign(stream, { text: () => parts.join('') })
}
