import { setTimeout as delay } from 'node:timers/promises'
import { HttpAborted } from './errors.ts'

export interface Backoff {
  /** Calls in all, the first included; at least 1. */
  readonly attempts: number
  readonly baseMs: number
  /** No single pause is longer, whatever the server asks for. */
  readonly capMs: number
}

/**
 * Pure: ms between this attempt, from 1, and the next: exponential under full jitter (uniform between 0 and the bound),
 * so that clients that failed together do not return together.
 *
 * @param asked what the server asked for (Retry-After): the least pause, up to `capMs`; `random` is from 0 to 1.
 */
export function pauseAfter(
  attempt: number,
  { baseMs, capMs }: Backoff,
  asked: { readonly askedMs: number | undefined; readonly random: number }
): number {
  const bound = Math.min(capMs, baseMs * 2 ** (attempt - 1))
  return Math.min(capMs, Math.max(asked.random * bound, asked.askedMs ?? 0))
}

/** Pure: all pauses from this attempt to the last one, each as long as jitter and Retry-After may make it. */
export function mostPauseMs(
  attempt: number,
  backoff: Backoff,
  askedMs: number | undefined
): number {
  const left = Array.from({ length: backoff.attempts - attempt }, (_, index) => attempt + index)
  return left.reduce((sum, one) => sum + pauseAfter(one, backoff, { askedMs, random: 1 }), 0)
}

/** @throws HttpAborted when the signal fires */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, signal === undefined ? {} : { signal })
  } catch (cause) {
    throw new HttpAborted('aborted between two attempts', { sent: false, cause })
  }
}
