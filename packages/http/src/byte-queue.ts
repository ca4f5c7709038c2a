// What may wait for a slow reader before the source is paused.
const HIGH_WATER_BYTES = 256 * 1024

interface Source {
  pause(): void
  resume(): void
}

/** Pieces of a body between a source that pushes and a reader that pulls. */
export interface ByteQueue {
  /** Who is paused while the reader lags behind. */
  control(source: Source): void
  push(chunk: Buffer): void
  /** @throws the error it was closed with, at once: half a body is no body */
  take(): Buffer | 'empty' | 'ended'
  /** Resolves when `take` may have something new. */
  arrival(): Promise<void>
  /** Only the first call counts; tells whether this was it. */
  close(outcome: 'ended' | Error): boolean
  outcome(): 'open' | 'ended' | Error
}

export function buildByteQueue(): ByteQueue {
  const chunks: Buffer[] = []
  let waitingBytes = 0
  let source: Source | undefined
  let isPaused = false
  let outcome: 'open' | 'ended' | Error = 'open'
  let wake: () => void = () => undefined

  const balance = () => {
    const shouldPause = waitingBytes >= HIGH_WATER_BYTES
    if (outcome !== 'open' || shouldPause === isPaused) return
    isPaused = shouldPause
    if (isPaused) source?.pause()
    else source?.resume()
  }
  return {
    control: (begun) => {
      source = begun
    },
    push: (chunk) => {
      chunks.push(chunk)
      waitingBytes += chunk.length
      balance()
      wake()
    },
    take: () => {
      if (outcome instanceof Error) throw outcome
      const chunk = chunks.shift()
      if (chunk === undefined) return outcome === 'ended' ? 'ended' : 'empty'
      waitingBytes -= chunk.length
      balance()
      return chunk
    },
    arrival: () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      wake = resolve
      return promise
    },
    close: (next) => {
      if (outcome !== 'open') return false
      outcome = next
      wake()
      return true
    },
    outcome: () => outcome
  }
}
