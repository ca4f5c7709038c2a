import type { Bus } from '@proxbox/bus'
import type { Logger } from 'pino'
import { openDaysSetting } from './days-setting.ts'

/** How many of what a look has deleted. */
export type Purged = Readonly<Record<string, number>>

export interface RetentionParts {
  readonly bus: Pick<Bus, 'ask'>
  readonly log: Pick<Logger, 'info' | 'warn'>
  /**
   * Deletes what has come to its end before this moment and is needed by nothing. It must delete in batches, ask the signal
   * between two of them, and leave the work to another process that is at it.
   */
  readonly purge: (before: Date, signal: AbortSignal) => Promise<Purged>
  readonly now: () => Date
  /** Until the first look; by then the registry has started too. */
  readonly firstMs?: number
  readonly everyMs?: number
}

export interface Retention {
  /** Looks now. Never rejects: what fails is logged, and tried again with the next look. */
  look(): Promise<void>
  /** Ends the look that is under way after its batch. */
  stop(): Promise<void>
}

const dayMs = 86_400_000

/**
 * Purges what is older than `run_retention_days`, now and then. While the registry is away the days that it told last
 * hold; without any, nothing is purged.
 */
export function startRetention(parts: RetentionParts): Retention {
  const { firstMs = 60_000, everyMs = 3_600_000 } = parts
  const stopping = new AbortController()
  const readDays = openDaysSetting(parts, 'run_retention_days')
  let looking: Promise<void> | undefined
  let timer = setTimeout(() => void next(), firstMs)
  const purge = async () => {
    const days = await readDays(stopping.signal)
    if (days === undefined) return
    const before = new Date(parts.now().getTime() - days * dayMs)
    const purged = await parts.purge(before, stopping.signal)
    if (Object.values(purged).some((count) => count > 0))
      parts.log.info({ ...purged, before }, 'purged what is older than retention')
  }
  const look = () => {
    looking ??= purge()
      .catch((error: unknown) => {
        if (!stopping.signal.aborted) parts.log.warn({ error }, 'retention could not purge')
      })
      .finally(() => {
        looking = undefined
      })
    return looking
  }
  const next = async () => {
    await look()
    if (!stopping.signal.aborted) timer = setTimeout(() => void next(), everyMs)
  }
  return {
    look,
    async stop() {
      stopping.abort()
      clearTimeout(timer)
      await looking
    }
  }
}
