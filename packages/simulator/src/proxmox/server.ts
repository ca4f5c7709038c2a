import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import https from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { PveAnswer, PveRequest } from './answer.ts'
import { answerFaulted } from './answer-faulted.ts'
import { makeCertificates } from './certificates.ts'
import { createFaultPlan, type FaultPlan } from './faults.ts'
import { requestFrom } from './read-request.ts'
import { createRequestLog, type RequestLog } from './request-log.ts'
import { send } from './send-answer.ts'
import { createWorkerPool, type WorkerPool } from './workers.ts'
import { type Random, randomFrom } from './world/random.ts'
import type { World } from './world/world-shape.ts'

export interface ProxmoxServerOptions {
  world: World
  /** Default 127.0.0.1. */
  host?: string
  /** Default 0: any free port. */
  port?: number
  /** Of the jitter; default: the world's. */
  seed?: number
  /** Default true: random row order and Perl's number and boolean forms. */
  jitter?: boolean
  /** Default true: three workers per node and kind, each busy while it works. */
  workers?: boolean
  /** After how long without a byte a proxied call becomes a 596. Default 30000. */
  proxyTimeoutMs?: number
  /** The node that this server is; default: the first. Several servers may share one world. */
  entryNode?: string
  /** How long an idle connection is kept. Default 5000. */
  idleTimeoutMs?: number
}

export interface ProxmoxServer {
  /** https://127.0.0.1:PORT */
  url: string
  host: string
  port: number
  username: 'root@pam'
  password: string
  /** The part after the exclamation mark. */
  tokenName: string
  tokenValue: string
  /** Of the leaf: SHA-256 in upper-case hex with colons. */
  fingerprintSha256: string
  /** PEM of the cluster CA. */
  caCertificate: string
  requests: RequestLog
  faults: FaultPlan
  world: World
  close(): Promise<void>
}

interface Serving {
  world: World
  entryNode: string
  random: Random | undefined
  pool: WorkerPool
  requests: RequestLog
  faults: FaultPlan
  stopped: AbortSignal
  /** Requests so far on each open connection. */
  served: WeakMap<Socket, number>
}

/** A connection serves this many requests (pve-http-server, max_requests per connection). */
const REQUESTS_PER_CONNECTION = 100

/** Serves a world over TLS as one of its nodes does. Close it to free the port; the world may live on. */
export async function openProxmoxServer(options: ProxmoxServerOptions): Promise<ProxmoxServer> {
  const { world } = options
  const host = options.host ?? '127.0.0.1'
  const entryNode = options.entryNode ?? world.nodes[0]?.name ?? 'localhost'
  const identity = await makeCertificates(world, entryNode)
  const stop = new AbortController()
  const serving: Serving = {
    world,
    entryNode,
    random: options.jitter === false ? undefined : randomFrom(options.seed ?? world.seed),
    pool: createWorkerPool(entryNode, {
      proxyTimeoutMs: options.proxyTimeoutMs ?? 30_000,
      isLimited: options.workers !== false
    }),
    requests: createRequestLog(),
    faults: createFaultPlan(),
    stopped: stop.signal,
    served: new WeakMap()
  }
  const server = https.createServer(
    { key: identity.keyPem, cert: identity.certificatePem },
    (request, response) => {
      serve(serving, request, response).catch((error: unknown) => response.destroy(asError(error)))
    }
  )
  server.keepAliveTimeout = options.idleTimeoutMs ?? 5000
  const sockets = trackSockets(server, serving.faults)
  server.listen(options.port ?? 0, host)
  await once(server, 'listening')
  const port = portOf(server.address())
  return {
    url: `https://${host}:${port}`,
    host,
    port,
    username: 'root@pam',
    ...accountOf(world),
    fingerprintSha256: identity.fingerprintSha256,
    caCertificate: identity.caPem,
    requests: serving.requests,
    faults: serving.faults,
    world,
    async close() {
      stop.abort()
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    }
  }
}

async function serve(
  serving: Serving,
  incoming: IncomingMessage,
  response: ServerResponse
): Promise<void> {
  const read = await requestFrom(incoming)
  if (read === null) {
    return send(response, incoming, { status: 404, reason: 'not found', body: null })
  }
  const request: PveRequest = { ...read, entryNode: serving.entryNode }
  const { own, given } = answerFaulted(serving.world, request, serving)
  const end = serving.requests.begin({ node: own.node, cost: own.cost, ...agentOf(own, request) })
  let status = given.status
  try {
    const inTime = await workedOff(serving, own, given)
    const final = inTime ? given : { ...given, ...LATE }
    status = final.status
    await send(response, incoming, { ...final, isLast: isLastOn(serving.served, incoming.socket) })
  } catch (error) {
    // Closing the server ends what is under way.
    if (!serving.stopped.aborted) throw error
    response.destroy()
  } finally {
    const { method, path } = request
    end({ method, path, route: own.route, node: own.node, cost: own.cost, status })
  }
}

/** A refused login waits on a timer and keeps no worker; everything else takes one. */
async function workedOff(serving: Serving, own: PveAnswer, given: PveAnswer): Promise<boolean> {
  const { delayMs } = given
  if (given.status !== 401) {
    return serving.pool.run({ node: own.node, cost: own.cost, delayMs }, serving.stopped)
  }
  await wait(delayMs, undefined, { signal: serving.stopped })
  return true
}

const LATE = { status: 596, reason: 'Connection timed out', body: null } as const

function isLastOn(served: WeakMap<Socket, number>, socket: Socket): boolean {
  const count = (served.get(socket) ?? 0) + 1
  served.set(socket, count)
  return count >= REQUESTS_PER_CONNECTION
}

function agentOf(own: PveAnswer, request: PveRequest): { vmid?: string } {
  if (!own.route.includes('/agent/')) return {}
  const vmid = /\/qemu\/(\d+)\//.exec(request.path)?.[1]
  return vmid === undefined ? {} : { vmid }
}

function trackSockets(server: https.Server, faults: FaultPlan): Set<Socket> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    if (faults.refusesConnection()) {
      socket.destroy()
      return
    }
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return sockets
}

function accountOf(world: World): { password: string; tokenName: string; tokenValue: string } {
  const user = world.users.find((candidate) => candidate.id === 'root@pam')
  const token = world.tokens.find((candidate) => candidate.id.startsWith('root@pam!'))
  return {
    password: user?.password ?? '',
    tokenName: token?.id.split('!')[1] ?? '',
    tokenValue: token?.secret ?? ''
  }
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new TypeError('no TCP address')
  return address.port
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error('request failed', { cause: error })
}
