import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server,
  type Socket
} from 'node:net'
import type { Test } from 'tap'
import type { Identity } from './certificates.ts'

export interface Served {
  readonly port: number
  /** Connections accepted so far. */
  readonly connections: () => number
}

export function serve(t: Test, listener: RequestListener, identity?: Identity): Promise<Served> {
  return listen(t, identity ? createTlsServer(identity, listener) : createServer(listener))
}

export function serveTcp(t: Test, listener: (socket: Socket) => void): Promise<Served> {
  return listen(t, createTcpServer(listener))
}

async function listen(t: Test, server: Server): Promise<Served> {
  const sockets = new Set<Socket>()
  let accepted = 0
  server.on('connection', (socket: Socket) => {
    accepted += 1
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  t.teardown(async () => {
    const closed = new Promise((resolve) => {
      server.close(resolve)
    })
    for (const socket of sockets) socket.destroy()
    await closed
  })
  // A server that listens on TCP has an address of this shape (node:net).
  const { port } = server.address() as AddressInfo
  return { port, connections: () => accepted }
}
