import { type Backoff, mostPauseMs, pause, pauseAfter } from './backoff.ts'

export interface RetryOptions extends Backoff {
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
 * Calls again after a failure that `shouldRetry` accepts, with the pauses of `pauseAfter`. Only for calls that may safely
 * happen twice.
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
      const askedMs = options.retryAfterMs?.(error)
      const random = (options.random ?? Math.random)()
      const pauseMs = pauseAfter(attempt, options, { askedMs, random })
      const triesLeft = options.attempts - attempt
      options.onPause?.({
        error,
        triesLeft,
        pauseMs,
        mostMs: mostPauseMs(attempt, options, askedMs)
      })
      await sleep(pauseMs, signal)
    }
  }
}
