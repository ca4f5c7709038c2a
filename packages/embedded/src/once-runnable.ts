import { setTimeout as sleep } from 'node:timers/promises'

// 2 s in all. What holds the file is a fork of this process on its way to its own exec: milliseconds, more under load.
const attempts = 20
const pauseMs = 100

/**
 * Starts a program that may have been written a moment ago. A fork of this process inherits the descriptor it was
 * written through until its own exec closes it, and the kernel answers ETXTBSY meanwhile (execve(2)); that one error is
 * waited out, any other is thrown at once.
 *
 * @throws what `start` throws; ETXTBSY after 2 s; the abort reason of `signal`.
 */
export async function onceRunnable<T>(
  start: () => Promise<T>,
  signal?: AbortSignal,
  pause: (ms: number) => Promise<void> = (ms) => sleep(ms, undefined, { signal })
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start()
    } catch (error) {
      if (attempt === attempts || !isBusy(error)) throw error
      await pause(pauseMs)
    }
  }
}

const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ETXTBSY'
