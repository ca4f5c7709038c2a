import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream'

/** One request that went through to NetBox, with times in ms of a steady clock. */
export interface Recorded {
  readonly method: string
  /** With query, as sent. */
  readonly target: string
  readonly body: string
  readonly status: number
  readonly answer: string
  readonly beganMs: number
  readonly endedMs: number
}

export interface RecordingProxy {
  readonly url: string
  readonly requests: readonly Recorded[]
  clear(): void
  close(): Promise<void>
}

const timeoutMs = 180_000

/** Stands in front of a NetBox, passes everything on, and keeps what was asked and answered. Bodies of reads are not kept. */
export async function openRecordingProxy(upstream: string): Promise<RecordingProxy> {
  const { hostname, port } = new URL(upstream)
  const requests: Recorded[] = []
  const kept = new http.Agent({ keepAlive: true })
  const server = http.createServer((incoming, outgoing) => {
    const method = incoming.method ?? 'GET'
    const beganMs = performance.now()
    const chunks: Buffer[] = []
    const sent: Buffer[] = []
    const isRead = method === 'GET' || method === 'OPTIONS'
    const passed = http.request(
      {
        hostname,
        port,
        method,
        path: incoming.url,
        headers: {
          ...incoming.headers,
          host: `${hostname}:${port}`,
          'accept-encoding': 'identity'
        },
        timeout: timeoutMs,
        // As the client does: a write on a connection of its own reaches any worker.
        ...(isRead ? { agent: kept } : { agent: false })
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.on('data', (chunk: Buffer) => {
          if (!isRead) chunks.push(chunk)
        })
        answer.on('end', () =>
          requests.push({
            method,
            target: incoming.url ?? '/',
            body: Buffer.concat(sent).toString('utf8'),
            status: answer.statusCode ?? 0,
            answer: Buffer.concat(chunks).toString('utf8'),
            beganMs,
            endedMs: performance.now()
          })
        )
        pipeline(answer, outgoing, () => undefined) // whoever is left of the two is ended
      }
    )
    passed.on('timeout', () => passed.destroy(new Error(`no answer within ${timeoutMs} ms`)))
    passed.on('error', () => outgoing.destroy())
    incoming.on('data', (chunk: Buffer) => sent.push(chunk))
    incoming.pipe(passed)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port: own } = server.address() as AddressInfo // of a TCP server, says node:net
  return {
    url: `http://127.0.0.1:${own}`,
    requests,
    clear: () => void requests.splice(0),
    close: async () => {
      kept.destroy()
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    }
  }
}

export const isRead = ({ method }: Pick<Recorded, 'method'>): boolean =>
  method === 'GET' || method === 'OPTIONS' || method === 'HEAD'
