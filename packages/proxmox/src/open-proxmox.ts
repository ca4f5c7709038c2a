import type { ProxmoxConnection } from '@proxbox/contracts'
import {
  type HttpClient,
  type HttpResponse,
  HttpTlsError,
  HttpUnreachable,
  openHttpClient,
  type ProxySetting,
  type RequestReport,
  type TlsTrust,
  trustFrom
} from '@proxbox/http'
import Type from 'typebox'
import { AnswerError, answerErrorFrom } from './answer-error.ts'
import { trustByLocalhost } from './cluster-ca.ts'
import { credentialOf, type PostForm } from './credential.ts'
import { decode } from './wire/decode.ts'

export interface ProxmoxOptions {
  readonly proxy?: ProxySetting
  readonly onRequest?: (report: RequestReport) => void
  /** For calls to a guest agent; default 35 s, so that Proxmox's own 596 after 30 s arrives. */
  readonly agentTimeoutMs?: number
  /** Epoch milliseconds. */
  readonly clock?: () => number
  /** Instead of sockets: answers requests relative to `/api2/json`, and throws the errors of `@proxbox/http`. */
  readonly transport?: Pick<HttpClient, 'request' | 'close'>
}

export interface GetOptions {
  readonly query?: Readonly<Record<string, string | number>>
  readonly timeoutMs?: number
  /** Told when the answer says that what it shows is staged and not yet in force, as the lines that differ. */
  readonly onStaged?: (changes: string) => void
}

export interface Proxmox {
  readonly connection: ProxmoxConnection
  readonly trust: TlsTrust
  readonly agentTimeoutMs: number
  /**
   * The `data` of an answer. One retry after a broken connection or a 599, and after a ticket ran out.
   *
   * @throws AnswerError for a status of 400 or more, NonsenseError, errors of `@proxbox/http`, ProxboxError for a login
   */
  get(path: string, options?: GetOptions, signal?: AbortSignal): Promise<unknown>
  /** Requests so far, logins and retries included. */
  requests(): number
  /** Seconds that the server's clock is ahead of ours, by the last Date header. */
  clockSkewSeconds(): number | undefined
  close(): Promise<void>
}

/** Most sockets to one entry node, whatever the caller wants: its workers share them with people. */
const MAX_CONNECTIONS = 32
/** A proxied call ends with 596 after 30 s without a byte; that answer must still arrive. */
const PROXIED_TIMEOUT_MS = 35_000
const MAX_BODY_BYTES = 64 * 1024 * 1024

const Envelope = Type.Object({
  data: Type.Optional(Type.Unknown()),
  changes: Type.Optional(Type.Unknown())
})

/**
 * A Proxmox VE over its entry node; nothing is sent until the first call.
 *
 * @throws ProxboxError PROXMOX_CREDENTIAL without any credential; TypeError for a CA or fingerprint that cannot be read
 */
export function openProxmox(connection: ProxmoxConnection, options: ProxmoxOptions = {}): Proxmox {
  const clock = options.clock ?? Date.now
  const clients = options.transport ?? clientsFor(connection, options)
  let requests = 0
  let skewSeconds: number | undefined

  const send = async (call: Parameters<HttpClient['request']>[0], signal?: AbortSignal) => {
    requests += 1
    const response = await clients.request(call, signal)
    skewSeconds = skewFrom(response, clock()) ?? skewSeconds
    return response
  }
  const post: PostForm = (path, form, signal) => send({ method: 'POST', path, form }, signal)
  const credential = credentialOf(connection, post, clock)

  const attempt = async (path: string, options: GetOptions, signal?: AbortSignal) => {
    const { onStaged, ...asked } = options
    const headers = await credential.headers(signal)
    const response = await send({ method: 'GET', path, headers, ...asked }, signal)
    if (response.status >= 400) throw answerErrorFrom(response, path)
    const { data, changes } = decode(Envelope, response.json(), `the answer to ${path}`)
    if (typeof changes === 'string' && changes.trim() !== '') onStaged?.(changes)
    return data
  }
  const get: Proxmox['get'] = async (path, options = {}, signal) => {
    try {
      return await attempt(path, options, signal)
    } catch (error) {
      const isExpired = error instanceof AnswerError && error.status === 401 && credential.refused()
      if (signal?.aborted === true || !(isExpired || isTransient(error))) throw error
      return await attempt(path, options, signal)
    }
  }
  return {
    connection,
    trust: trustFrom(connection),
    agentTimeoutMs: options.agentTimeoutMs ?? PROXIED_TIMEOUT_MS,
    get,
    requests: () => requests,
    clockSkewSeconds: () => skewSeconds,
    close: () => clients.close()
  }
}

/** 599 is a connection between two nodes that died under a call (http-server before 5.1.2): safe to repeat for GET. */
function isTransient(error: unknown): boolean {
  if (error instanceof AnswerError) return error.status === 599
  return error instanceof HttpUnreachable && error.kind === 'reset'
}

/** One client; a second one that knows the server as `localhost` takes over when the certificate lacks its address. */
function clientsFor(connection: ProxmoxConnection, options: ProxmoxOptions) {
  const trust = trustFrom(connection)
  const host = connection.host.includes(':') ? `[${connection.host}]` : connection.host
  const open = (own: TlsTrust) =>
    openHttpClient({
      baseUrl: `https://${host}:${connection.port}/api2/json`,
      trust: own,
      connections: Math.min(MAX_CONNECTIONS, connection.fetch_max_concurrency ?? MAX_CONNECTIONS),
      timeoutMs: Math.max(connection.timeout * 1000, PROXIED_TIMEOUT_MS),
      maxBodyBytes: MAX_BODY_BYTES,
      ...(options.proxy === undefined ? {} : { proxy: options.proxy }),
      ...(options.onRequest === undefined ? {} : { onRequest: options.onRequest })
    })
  const first = open(trust)
  let second: HttpClient | undefined
  return {
    request: async (
      call: Parameters<HttpClient['request']>[0],
      signal?: AbortSignal
    ): Promise<HttpResponse> => {
      if (second !== undefined) return second.request(call, signal)
      try {
        return await first.request(call, signal)
      } catch (error) {
        const byLocalhost = trustByLocalhost(trust)
        const isWrongName = error instanceof HttpTlsError && error.kind === 'wrong-name'
        if (!isWrongName || byLocalhost === undefined) throw error
        second ??= open(byLocalhost)
        return second.request(call, signal)
      }
    },
    close: async () => {
      await Promise.all([first.close(), second?.close()])
    }
  }
}

function skewFrom(response: HttpResponse, nowMs: number): number | undefined {
  const date = Date.parse(String(response.headers.date ?? ''))
  return Number.isNaN(date) ? undefined : Math.round((date - nowMs) / 1000)
}
