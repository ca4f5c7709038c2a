import type { NetBoxConnection } from '@proxbox/contracts'
import {
  type HttpResponse,
  openHttpClient,
  type ProxySetting,
  pause,
  type QueryValue,
  type RequestReport,
  trustFrom
} from '@proxbox/http'
import { failureFrom, type Place } from './failure.ts'
import { openPace, type Pace } from './pace.ts'
import { openTroubles, type Pause, type Trouble } from './tell-trouble.ts'

export interface NetBoxOptions {
  /** Writes in flight at most; default 3. */
  readonly lanes?: number
  /** Objects per write at most; default 100. */
  readonly batchSize?: number
  readonly proxy?: ProxySetting
  readonly onRequest?: (report: RequestReport) => void
  /** Called right before every write; throws when there is not enough time left to write. */
  readonly beforeWrite?: () => void
  /** Told once per cause while NetBox is asked again: seconds, where the error itself comes after a minute. */
  readonly onTrouble?: (trouble: Trouble) => void
  /** At most 200 characters: NetBox answers a longer one with 500. */
  readonly changelogMessage?: string
  readonly random?: () => number
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>
  readonly now?: () => number
}

export type Query = Readonly<Record<string, QueryValue>>

/** An open NetBox. What is below `close` serves this package only. */
export interface NetBox {
  readonly name: string
  requests(): { readonly reads: number; readonly writes: number }
  /** Breaks off what is under way. */
  close(): Promise<void>
  readonly inside: Inside
}

export interface Inside {
  readonly place: Place
  readonly baseUrl: string
  readonly token: string
  readonly timeoutMs: number
  readonly writeTimeoutMs: number
  readonly message: string
  readonly pace: Pace
  /** `4.7.3`, once readVersion has learned it. */
  version: string | undefined
  /** Server time minus ours in ms, from the last answer's Date. */
  clockSkewMs: number
  readonly random: () => number
  readonly now: () => number
  sleep(ms: number, signal: AbortSignal): Promise<void>
  /** Called before each pause between two attempts. */
  pausing(pause: Pause): void
  /** @throws HttpError as the client does */
  get(path: string, query: Query, signal: AbortSignal): Promise<HttpResponse>
  options(path: string, signal: AbortSignal): Promise<HttpResponse>
  /** On a fresh connection: a kept one would stick to one gunicorn worker. */
  write(method: string, call: WriteCall, signal: AbortSignal): Promise<HttpResponse>
}

export interface WriteCall {
  readonly path: string
  readonly query: Query
  readonly body: unknown
}

const readConnections = 4

/**
 * A client for one NetBox; nothing is asked yet.
 *
 * @throws TypeError for a base URL, CA bundle or fingerprint that cannot be used, or a message above 200 characters
 */
export function openNetBox(connection: NetBoxConnection, options: NetBoxOptions = {}): NetBox {
  const message = options.changelogMessage ?? ''
  if (message.length > 200) throw new TypeError('a changelog message has at most 200 characters')
  const lanes = options.lanes ?? 3
  const counts = { reads: 0, writes: 0 }
  const common = {
    baseUrl: connection.base_url,
    headers: { authorization: authorizationFrom(connection.token) },
    trust: trustFrom(connection),
    ...(options.proxy === undefined ? {} : { proxy: options.proxy }),
    ...(options.onRequest === undefined ? {} : { onRequest: options.onRequest })
  }
  const timeoutMs = connection.timeout * 1000
  const writeTimeoutMs = connection.write_timeout * 1000
  const reads = openHttpClient({ ...common, connections: readConnections, timeoutMs })
  const writes = openHttpClient({
    ...common,
    connections: lanes,
    timeoutMs: writeTimeoutMs,
    closeConnections: true
  })
  const now = options.now ?? Date.now
  const place = { endpoint: connection.name, address: connection.base_url, timeoutMs }
  const noted = (response: HttpResponse) => {
    const date = Date.parse(String(response.headers.date ?? ''))
    if (!Number.isNaN(date)) inside.clockSkewMs = date - now()
    return response
  }
  const inside: Inside = {
    place,
    baseUrl: connection.base_url,
    token: connection.token,
    timeoutMs,
    writeTimeoutMs,
    message,
    pace: openPace({ lanes, batchSize: options.batchSize ?? 100 }),
    version: undefined,
    clockSkewMs: 0,
    random: options.random ?? Math.random,
    now,
    sleep: options.sleep ?? pause,
    pausing: openTroubles(place, now, options.onTrouble),
    get: async (path, query, signal) => {
      counts.reads += 1
      return noted(await reads.request({ method: 'GET', path: `/api/${path}`, query }, signal))
    },
    options: async (path, signal) => {
      counts.reads += 1
      return noted(await reads.request({ method: 'OPTIONS', path: `/api/${path}` }, signal))
    },
    write: async (method, { path, query, body }, signal) => {
      options.beforeWrite?.()
      counts.writes += 1
      return await writes.request({ method, path: `/api/${path}`, query, body }, signal)
    }
  }
  const close = async () => {
    await Promise.all([reads.close(), writes.close()])
  }
  return { name: connection.name, requests: () => ({ ...counts }), close, inside }
}

/** Pure: v2 values begin with `nbt_` and hold a dot. */
function authorizationFrom(token: string): string {
  return token.startsWith('nbt_') && token.includes('.') ? `Bearer ${token}` : `Token ${token}`
}

/** What a failed read is called. */
export const readFailure = (inside: Inside, error: unknown, path: string): unknown =>
  failureFrom(error, inside.place, path)
