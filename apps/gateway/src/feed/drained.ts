import { once } from 'node:events'
import type { Writable } from 'node:stream'

/** How long a client may leave what was sent to it unread while the past is delivered. */
const drainTimeoutMs = 30_000

/**
 * Waits until a client has taken what was written to it. One that takes nothing for 30 s is cut.
 *
 * @throws an AbortError when the client is gone, or was cut here.
 */
export async function drained(stream: Writable, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  if (!stream.writableNeedDrain) return
  const late = AbortSignal.timeout(drainTimeoutMs)
  try {
    await once(stream, 'drain', { signal: AbortSignal.any([signal, late]) })
  } catch (error) {
    if (late.aborted) stream.destroy()
    throw error
  }
}
