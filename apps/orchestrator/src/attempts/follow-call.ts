import { type BackendEvent, ProxboxError } from '@proxbox/contracts'
import { followSse, HttpError, HttpStatusError, HttpTlsError, HttpUnreachable } from '@proxbox/http'
import { type Backend, backendError } from './backend.ts'
import type { BackendCall } from './calls-for.ts'
import { backendEventFrom } from './decode-event.ts'

/** A failure of a stream. `isClean`: the backend certainly does nothing more for this attempt. */
export class StreamFailed extends Error {
  readonly isClean: boolean

  constructor(isClean: boolean, options: ErrorOptions) {
    super('a stream of the backend failed', options)
    this.name = 'StreamFailed'
    this.isClean = isClean
  }
}

export interface FollowOptions {
  readonly backend: Backend
  readonly call: BackendCall
  readonly firstByteTimeoutMs: number
  readonly silenceMs: number
  /** Silence counts from the start; else only after the first comment. */
  readonly sendsComments: boolean
}

// A complete with 100 errors and 200 gaps is below 64 KiB; existing backends send more.
const maxEventBytes = 1024 * 1024

/**
 * The Events of one stream, in order; `complete` is the last.
 *
 * @throws StreamFailed whose cause is a ProxboxError BACKEND_*
 */
export async function* followCall(
  options: FollowOptions,
  signal: AbortSignal
): AsyncGenerator<BackendEvent, void, undefined> {
  const { backend, call } = options
  const endpoint = backend.connection.name
  const { step } = call.path
  const silent = new AbortController()
  const watch = silenceWatch(options.silenceMs, () => silent.abort())
  const stream = followSse(
    {
      client: backend.client,
      path: call.path.path,
      query: call.query,
      headers: call.headers,
      firstByteTimeoutMs: options.firstByteTimeoutMs,
      idleTimeoutMs: 0,
      maxEventBytes
    },
    AbortSignal.any([signal, silent.signal])
  )
  const state = { isWatched: options.sendsComments }
  try {
    for (;;) {
      if (state.isWatched) watch.start()
      const next = await stream.next()
      watch.stop()
      if (next.done === true) break
      if ('comment' in next.value) state.isWatched = true
      const event = 'comment' in next.value ? undefined : backendEventFrom(next.value, step)
      if (event !== undefined) yield event
      if (event?.event === 'complete') return
    }
  } catch (cause) {
    throw failureOf(cause, options, silent.signal.aborted)
  } finally {
    watch.stop()
    await stream.return()
  }
  throw new StreamFailed(false, { cause: new ProxboxError('BACKEND_INCOMPLETE', { endpoint }) })
}

function failureOf(error: unknown, options: FollowOptions, isSilent: boolean): StreamFailed {
  const { connection } = options.backend
  const facts = { endpoint: connection.name, seconds: options.silenceMs / 1000, cause: error }
  const isCutShort = error instanceof HttpUnreachable && error.sent
  const code = isSilent ? 'BACKEND_SILENT' : isCutShort ? 'BACKEND_INCOMPLETE' : undefined
  const cause = code === undefined ? backendError(error, connection) : new ProxboxError(code, facts)
  return new StreamFailed(isBeforeStart(error), { cause })
}

/** The backend answered with a refusal, or saw nothing of the request. */
const isBeforeStart = (error: unknown): boolean =>
  error instanceof HttpStatusError ||
  error instanceof HttpTlsError ||
  (error instanceof HttpError && 'sent' in error && error.sent === false)

function silenceWatch(silenceMs: number, onSilent: () => void) {
  let timer: NodeJS.Timeout | undefined
  const stop = () => clearTimeout(timer)
  const start = () => {
    stop()
    timer = setTimeout(onSilent, silenceMs)
  }
  return { start, stop }
}
