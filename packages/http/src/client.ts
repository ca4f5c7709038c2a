import { HttpAborted, HttpDecodeError } from './errors.ts'
import { limitTime, type ResponseHead, startExchange } from './exchange.ts'
import {
  type HttpRequest,
  type PreparedRequest,
  preparedFrom,
  type RequestDefaults
} from './prepare-request.ts'
import type { ProxySetting } from './proxy.ts'
import { decompressed, readAll } from './read-body.ts'
import { excerptOf } from './redact.ts'
import { openTransport } from './transport.ts'
import type { TlsTrust } from './trust.ts'

const DEFAULT_MAX_BODY_BYTES = 64 * 1024 * 1024

export interface RequestReport {
  readonly method: string
  /** As given in the request: relative to the base URL, without query. */
  readonly path: string
  /** Undefined when no answer came. */
  readonly status: number | undefined
  readonly ms: number
  /** Body bytes received, before decompression. */
  readonly bytes: number
}

export interface HttpClientOptions {
  /** `https://host:8006/api2/json`; no user, query or fragment. */
  readonly baseUrl: string
  /** Sent with every request, never shown. */
  readonly headers?: Readonly<Record<string, string>>
  /** Default: the system's authorities. */
  readonly trust?: TlsTrust
  /** Sockets at most; further requests wait, within their time limit. */
  readonly connections: number
  /** Default 4000: below the 5 s after which Proxmox hangs up. */
  readonly keepAliveTimeoutMs?: number
  /** For TCP and TLS together; default 5000. */
  readonly connectTimeoutMs?: number
  /** For the whole call, from waiting for a socket to the last byte. */
  readonly timeoutMs: number
  /** Holds before and after decompression; default 64 MiB. */
  readonly maxBodyBytes?: number
  /** Default true. */
  readonly gzip?: boolean
  /** A fresh connection for each request. */
  readonly closeConnections?: boolean
  readonly proxy?: ProxySetting
  readonly onRequest?: (report: RequestReport) => void
}

export interface HttpResponse extends ResponseHead {
  readonly text: string
  /** @throws HttpDecodeError with method, path and a masked excerpt */
  json(): unknown
  readonly ms: number
}

export interface HttpClient {
  /**
   * Any status is an answer, not an error.
   *
   * @throws HttpUnreachable, HttpTimeout, HttpTlsError, HttpTooLarge, HttpDecodeError, HttpAborted
   */
  request(request: HttpRequest, signal?: AbortSignal): Promise<HttpResponse>
  /** Breaks off what is under way (HttpAborted) and closes all sockets. */
  close(): Promise<void>
}

/** An answer whose body is read piece by piece. Read `chunks` or call `cancel`. */
export interface HttpStream extends ResponseHead {
  readonly chunks: AsyncGenerator<Buffer, void, undefined>
  /** Method and address without query, for messages. */
  readonly label: string
  /** Strings that no message may contain. */
  readonly secrets: readonly string[]
  cancel(): void
}

export interface StreamLimits {
  /** Until status and headers are there; instead of `timeoutMs`. */
  readonly firstByteTimeoutMs: number
  /** Between two pieces while the reader waits; 0 means no limit. */
  readonly idleTimeoutMs: number
}

export interface HttpStreamClient extends HttpClient {
  /** As `request`, but without a limit in time or size for the whole. */
  stream(request: HttpRequest, limits: StreamLimits, signal?: AbortSignal): Promise<HttpStream>
}

/**
 * One client for one origin with its own sockets. Redirects are not followed and nothing is retried.
 *
 * @throws TypeError for a base URL, CA bundle or fingerprint that cannot be used
 */
export function openHttpClient(options: HttpClientOptions): HttpStreamClient {
  const defaults = defaultsFrom(options)
  const maxBytes = options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES
  const transport = openTransport({
    origin: defaults.baseUrl,
    trust: options.trust ?? { mode: 'verify' },
    connections: options.connections,
    keepAliveTimeoutMs: options.keepAliveTimeoutMs ?? 4000,
    connectTimeoutMs: options.connectTimeoutMs ?? 5000,
    proxy: options.proxy
  })

  const request = async (call: HttpRequest, signal?: AbortSignal): Promise<HttpResponse> => {
    const prepared = preparedFrom(call, defaults)
    const { label } = prepared
    const timeoutMs = call.timeoutMs ?? options.timeoutMs
    const report = reporterFor(call, options)
    const exchange = startExchange(transport, { wire: prepared.wire, label }, signal)
    const endTimer = limitTime(exchange, label, timeoutMs)
    try {
      const head = await exchange.head
      report.status = head.status
      const raw = await readAll(exchange.chunks(0), { label, maxBytes })
      report.bytes = raw.length
      const encoding = head.headers['content-encoding']
      const body = await decompressed(raw, encoding, { label, maxBytes })
      return responseFrom(head, body.toString('utf8'), { prepared, ms: report.elapsedMs() })
    } finally {
      endTimer()
      report.done()
    }
  }

  const stream = async (call: HttpRequest, limits: StreamLimits, signal?: AbortSignal) => {
    const prepared = preparedFrom(call, defaults)
    const { label, secrets } = prepared
    const report = reporterFor(call, options)
    const exchange = startExchange(transport, { wire: prepared.wire, label }, signal)
    const endTimer = limitTime(exchange, label, limits.firstByteTimeoutMs)
    const cancel = () => exchange.fail(new HttpAborted(`${label}: cancelled`, { sent: true }))
    try {
      const head = await exchange.head
      report.status = head.status
      return { ...head, chunks: exchange.chunks(limits.idleTimeoutMs), label, secrets, cancel }
    } finally {
      endTimer()
      report.done()
    }
  }

  return { request, stream, close: () => transport.close() }
}

function defaultsFrom(options: HttpClientOptions): RequestDefaults {
  const baseUrl = new URL(options.baseUrl)
  if (!['http:', 'https:'].includes(baseUrl.protocol)) {
    throw new TypeError(`a base URL begins with http:// or https://, not ${baseUrl.protocol}`)
  }
  if (baseUrl.username || baseUrl.password || baseUrl.search || baseUrl.hash) {
    throw new TypeError(`the base URL of ${baseUrl.host} has a user, query or fragment`)
  }
  return {
    baseUrl,
    headers: options.headers ?? {},
    gzip: options.gzip ?? true,
    closeConnections: options.closeConnections ?? false
  }
}

function responseFrom(
  head: ResponseHead,
  text: string,
  call: { prepared: PreparedRequest; ms: number }
): HttpResponse {
  const json = (): unknown => {
    try {
      return JSON.parse(text)
    } catch {
      const { label, secrets } = call.prepared
      const message = `${label}: the answer is no JSON: "${excerptOf(text, secrets)}"`
      // biome-ignore lint/style/useErrorCause: the parser's message quotes the body unmasked
      throw new HttpDecodeError(message)
    }
  }
  return { ...head, text, json, ms: call.ms }
}

function reporterFor(call: HttpRequest, options: HttpClientOptions) {
  const begunAt = performance.now()
  const { method, path } = call
  const report = {
    status: undefined as number | undefined, // set once the head is there
    bytes: 0,
    elapsedMs: () => performance.now() - begunAt,
    done: () => {
      const { status, bytes } = report
      options.onRequest?.({ method, path, status, ms: report.elapsedMs(), bytes })
    }
  }
  return report
}
