import { setTimeout as sleep } from 'node:timers/promises'
import type { Child } from './start-child.ts'

/**
 * Asks `isReady` until it says so. Throws when the child ends first (with the end of its log), when `timeoutMs` pass, or
 * when the signal aborts.
 */
export async function waitUntil(
  child: Child,
  isReady: (signal: AbortSignal) => Promise<boolean>,
  timeoutMs: number,
  signal: AbortSignal
): Promise<void> {
  const end = Date.now() + timeoutMs
  while (Date.now() < end) {
    signal.throwIfAborted()
    if (!child.isRunning()) throw new Error(`${child.name} ended at once:\n${await child.tail()}`)
    if (await isReady(AbortSignal.any([signal, AbortSignal.timeout(5000)]))) return
    await sleep(100, undefined, { signal })
  }
  throw new Error(`${child.name} was not ready within ${timeoutMs} ms:\n${await child.tail()}`)
}
