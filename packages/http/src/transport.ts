import type { IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { Agent, buildConnector, type Dispatcher, ProxyAgent } from 'undici'
import { HttpError, HttpUnreachable } from './errors.ts'
import { isProxied, type ProxySetting } from './proxy.ts'
import { type TlsTrust, tlsOptionsFrom, trustFault } from './trust.ts'

export interface TransportOptions {
  readonly origin: URL
  readonly trust: TlsTrust
  readonly connections: number
  readonly keepAliveTimeoutMs: number
  readonly connectTimeoutMs: number
  readonly proxy: ProxySetting | undefined
}

export interface TransportRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
  /** Close the socket after the answer. */
  readonly reset: boolean
}

/** How the receiver steers an exchange that has begun. */
export interface TransportControl {
  abort(reason: Error): void
  pause(): void
  resume(): void
}

/** Called in this order: started, head, data…, and either end or error; error may come any time. */
export interface TransportReceiver {
  /** The request is about to be written; before this, the server has seen nothing. */
  started(control: TransportControl): void
  head(status: number, statusText: string, headers: IncomingHttpHeaders): void
  data(chunk: Buffer): void
  end(): void
  error(error: Error): void
}

export interface Transport {
  send(request: TransportRequest, receiver: TransportReceiver): void
  /** Breaks off what is under way. */
  close(): Promise<void>
}

/** The pool of sockets to one origin. Timeouts of a whole call are the caller's. */
export function openTransport(options: TransportOptions): Transport {
  const agents = agentsFor(options)
  return {
    send: (request, receiver) => {
      const { reset, ...wire } = request
      const origin = options.origin.origin
      // reset: false would keep a socket that HEAD or the server wants closed, so it is left out.
      const closing = reset ? { reset } : {}
      const limits = { headersTimeout: 0, bodyTimeout: 0 }
      agents[0].dispatch({ ...wire, ...closing, ...limits, origin }, handlerFor(receiver))
    },
    close: async () => {
      await Promise.all(agents.map((agent) => agent.destroy()))
    }
  }
}

function handlerFor(receiver: TransportReceiver): Dispatcher.DispatchHandler {
  return {
    onRequestStart: (control) => receiver.started(control),
    onResponseStart: (_control, status, headers, statusText) => {
      // 1xx are announcements, not the answer (RFC 9110 §15.2).
      if (status >= 200) receiver.head(status, statusText ?? '', headers)
    },
    onResponseData: (_control, chunk) => receiver.data(chunk),
    onResponseEnd: () => receiver.end(),
    onResponseError: (_control, error) => receiver.error(error)
  }
}

/** The first agent carries the requests; others only serve it and are closed with it. */
function agentsFor(options: TransportOptions): [Dispatcher, ...Dispatcher[]] {
  const direct = connectorFor(options)
  const pool = {
    connections: options.connections,
    pipelining: 1,
    keepAliveTimeout: options.keepAliveTimeoutMs,
    // A server's hint may shorten, never lengthen: Proxmox hangs up after 5 s without a hint.
    keepAliveMaxTimeout: options.keepAliveTimeoutMs
  }
  const { origin, proxy, connectTimeoutMs: timeout } = options
  if (proxy === undefined || !isProxied(origin, proxy.noProxy ?? '')) {
    return [new Agent({ ...pool, connect: direct })]
  }
  if (origin.protocol === 'http:') {
    return [
      new ProxyAgent({
        ...pool,
        uri: proxy.url,
        proxyTunnel: false,
        allowH2: false,
        proxyTls: { timeout }
      })
    ]
  }
  const tunnels = new Agent({ ...pool, allowH2: false, connect: { timeout } })
  const connect = tunnelThrough(tunnels, new URL(proxy.url), { direct, timeout })
  return [new Agent({ ...pool, connect }), tunnels]
}

/** Connects, and hands a TLS socket on only when its certificate passes. */
function connectorFor(options: TransportOptions): buildConnector.connector {
  const connect = buildConnector({
    ...tlsOptionsFrom(options.trust),
    allowH2: false,
    // A resumed session skips the check of the name, so none is kept.
    maxCachedSessions: 0,
    timeout: options.connectTimeoutMs
  })
  return (target, callback) => {
    connect(target, (...[error, socket]) => {
      if (error !== null) return callback(error, null)
      const fault =
        socket instanceof TLSSocket
          ? trustFault(socket, options.trust, options.origin.host)
          : undefined
      if (fault === undefined) return callback(null, socket)
      socket.destroy()
      callback(fault, null)
    })
  }
}

/** TLS inside an HTTP CONNECT tunnel; the certificate is checked as without a proxy. */
function tunnelThrough(
  tunnels: Agent,
  proxy: URL,
  onward: { direct: buildConnector.connector; timeout: number }
): buildConnector.connector {
  return (target, callback) => {
    const host = target.hostname.includes(':') ? `[${target.hostname}]` : target.hostname
    const path = `${host}:${target.port || 443}`
    const signal = AbortSignal.timeout(onward.timeout)
    tunnels
      .connect({ origin: proxy.origin, path, headers: { host: path, ...proxyAuth(proxy) }, signal })
      .then(({ socket, statusCode }) => {
        if (statusCode === 200) {
          // The HTTP library answers CONNECT with the net.Socket of the connection itself.
          return onward.direct({ ...target, httpSocket: socket as Socket }, callback)
        }
        socket.destroy()
        throw new HttpUnreachable(`the proxy answered ${statusCode} to CONNECT ${path}`, {
          kind: 'proxy',
          sent: false
        })
      })
      .catch((cause: unknown) => callback(proxyFault(cause), null))
  }
}

// Wrapped, because the library tries again without end after a bare socket error of a connector.
function proxyFault(cause: unknown): HttpError {
  if (cause instanceof HttpError) return cause
  return new HttpUnreachable('the proxy gave no tunnel', { kind: 'proxy', sent: false, cause })
}

function proxyAuth(proxy: URL): Record<string, string> {
  if (proxy.username === '') return {}
  const pair = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` }
}
