import { setTimeout as sleep } from 'node:timers/promises'
import type { Bus } from '@proxbox/bus'
import type { ServiceContext } from '@proxbox/service-kit'

export interface WatchParts {
  readonly bus: Pick<Bus, 'read' | 'streamInfo' | 'waitForStream'>
  readonly log: Pick<ServiceContext<unknown>['log'], 'warn'>
  /** Ends what is released by now; it may be called at any time, and any number of times. */
  readonly look: (signal: AbortSignal) => Promise<void>
}

export interface ReleaseWatch {
  /** A Run has told something, which may be about what is released already. */
  wake(): void
  stop(): Promise<void>
}

/** What is woken within this time is one look. */
const gatherMs = 200
const retryMs = 1000

const pause = (ms: number, signal: AbortSignal) =>
  sleep(ms, undefined, { signal }).catch(() => undefined) // stopped: it ends early

/**
 * Looks for what is released as soon as an Endpoint was changed or removed, and at the start, because that may have happened
 * while nobody watched. A look that fails is repeated until one does not.
 */
export function watchReleased(parts: WatchParts): ReleaseWatch {
  const stopping = new AbortController()
  const { signal } = stopping
  let woken = Promise.withResolvers<void>()
  const wake = () => woken.resolve()
  const lookOnceWoken = async () => {
    for (let failures = 0; !signal.aborted; ) {
      await woken.promise
      await pause(failures > 0 ? retryMs : gatherMs, signal)
      woken = Promise.withResolvers()
      failures = (await hasLooked(parts, failures, signal)) ? 0 : failures + 1
      if (failures > 0) wake()
    }
  }
  const follow = async () => {
    while (!signal.aborted) {
      await readChanges(parts, wake, signal)
      await pause(retryMs, signal)
    }
  }
  wake()
  const running = [lookOnceWoken(), follow()]
  return {
    wake,
    async stop() {
      stopping.abort()
      wake()
      await Promise.all(running)
    }
  }
}

/** False: it is to be tried again. Of failures in a row the second is logged: the first one is usual while all parts start. */
async function hasLooked({ look, log }: WatchParts, failures: number, signal: AbortSignal) {
  if (signal.aborted) return true
  try {
    await look(signal)
    return true
  } catch (error) {
    if (failures === 1 && !signal.aborted)
      log.warn({ error }, 'what is in use could not be looked up')
    return false
  }
}

/** Wakes for what was published before it reads, and from there on for each Endpoint that is changed or removed. */
async function readChanges({ bus, log }: WatchParts, wake: () => void, signal: AbortSignal) {
  try {
    await bus.waitForStream('EVENTS', signal)
    const { lastSequence } = await bus.streamInfo('EVENTS')
    wake()
    for await (const { subject } of bus.read('endpoints', { from: lastSequence + 1 }, signal))
      if (/\.(changed|removed)$/.test(subject)) wake()
  } catch (error) {
    if (!signal.aborted) log.warn({ error }, 'reading the events of Endpoints was interrupted')
  }
}
