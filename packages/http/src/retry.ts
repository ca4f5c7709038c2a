import { setTimeout as delay } from 'node:timers/promises'
import { HttpAborted } from './errors.ts'

export interface RetryOptions {
  /** Calls in all, the first included; at least 1. */
  readonly attempts: number
  readonly baseMs: number
  /** No single pause is longer, whatever the server asks for. */
  readonly capMs: number
  readonly shouldRetry: (error: unknown) => boolean
  /** What the server asked for (Retry-After), if anything: the least pause, up to `capMs`. */
  readonly retryAfterMs?: (error: unknown) => number | undefined
  /** Told before each pause; `mostMs` is the longest that this pause and all that may follow take together. */
  readonly onPause?: (pause: RetryPause) => void
  /** From 0 to below 1. */
  readonly random?: () => number
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>
}

interface RetryPause {
  readonly error: unknown
  /** Calls that may still follow; at least 1. */
  readonly triesLeft: number
  readonly pauseMs: number
  readonly mostMs: number
}

/**
 * Calls again after a failure that `shouldRetry` accepts, with exponential pauses under full jitter
 * (uniform between 0 and the bound), so that clients that failed together do not return together.
 * Only for calls that may safely happen twice.
 *
 * @param call gets the number of the attempt, from 1
 * @throws the last error of `call`; HttpAborted when the signal fires in a pause
 */
export async function retryIdempotent<T>(
  call: (attempt: number) => Promise<T>,
  options: RetryOptions,
  signal?: AbortSignal
): Promise<T> {
  const sleep = options.sleep ?? pause
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call(attempt)
    } catch (error) {
      const isLast = attempt >= options.attempts || signal?.aborted === true
      if (isLast || !options.shouldRetry(error)) throw error
      const pauseMs = pauseBefore(attempt, error, options)
      const triesLeft = options.attempts - attempt
      options.onPause?.({ error, triesLeft, pauseMs, mostMs: mostPauseMs(attempt, error, options) })
      await sleep(pauseMs, signal)
    }
  }
}

function pauseBefore(attempt: number, error: unknown, options: RetryOptions): number {
  const bound = Math.min(options.capMs, options.baseMs * 2 ** (attempt - 1))
  const jittered = (options.random ?? Math.random)() * bound
  const asked = options.retryAfterMs?.(error) ?? 0
  return Math.min(options.capMs, Math.max(jittered, asked))
}

/** Pure: all pauses from this attempt to the last one, each as long as jitter and Retry-After may make it. */
function mostPauseMs(attempt: number, error: unknown, options: RetryOptions): number {
  const longest = { ...options, random: () => 1 }
  const left = Array.from({ length: options.attempts - attempt }, (_, index) => attempt + index)
  return left.reduce((sum, one) => sum + pauseBefore(one, error, longest), 0)
}

async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, signal === undefined ? {} : { signal })
  } catch (cause) {
    throw new HttpAborted('aborted between two attempts', { sent: false, cause })
  }
}
