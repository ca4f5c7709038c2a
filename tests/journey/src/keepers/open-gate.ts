import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream'
import type { Place } from './place.ts'

/** One more address of a NetBox, which counts what passes. */
export interface Gate extends Place {
  /** What has passed since the last `clear`, by method. */
  counts(): Readonly<Record<string, number>>
  clear(): void
  /** Nothing passes until `release`; `reached` says that something waits. */
  hold(): { readonly reached: Promise<void>; release(): void }
  close(): Promise<void>
}

const timeoutMs = 60_000

/** Stands in front of a NetBox on 127.0.0.1 (and so on localhost), and passes everything on as it came. */
export async function openGate({ url, token }: Place): Promise<Gate> {
  const { hostname, port } = new URL(url)
  const counts = new Map<string, number>()
  let open: Promise<void> = Promise.resolve()
  let knock = () => {}
  const pass = async (incoming: http.IncomingMessage, outgoing: http.ServerResponse) => {
    const { method = 'GET', url: path, headers } = incoming
    counts.set(method, (counts.get(method) ?? 0) + 1)
    knock()
    await open
    const passed = http.request({ hostname, port, method, path, headers, timeout: timeoutMs })
    passed.on('timeout', () => passed.destroy())
    passed.on('error', () => outgoing.destroy())
    passed.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      pipeline(answer, outgoing, () => undefined) // whoever is left of the two is ended
    })
    incoming.pipe(passed)
  }
  const server = http.createServer((incoming, outgoing) => void pass(incoming, outgoing))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port: own } = server.address() as AddressInfo // of a TCP server, says node:net
  return {
    url: `http://127.0.0.1:${own}`,
    token,
    counts: () => Object.fromEntries(counts),
    clear: () => counts.clear(),
    hold() {
      const held = Promise.withResolvers<void>()
      const reached = Promise.withResolvers<void>()
      open = held.promise
      knock = reached.resolve
      return { reached: reached.promise, release: held.resolve }
    },
    close: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    }
  }
}
