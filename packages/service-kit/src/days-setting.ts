import type { Bus } from '@proxbox/bus'
import type { Settings } from '@proxbox/contracts'
import type { Logger } from 'pino'

const askMs = 3000

interface DaysParts {
  readonly bus: Pick<Bus, 'ask'>
  readonly log: Pick<Logger, 'warn'>
}

/**
 * Reads how many days a setting says. While the registry is away the value that it told last holds; undefined without any.
 * For what deletes or ends something after that time: unknown is not over.
 */
export function openDaysSetting(
  { bus, log }: DaysParts,
  name: 'run_retention_days' | 'approval_expire_days'
): (signal?: AbortSignal) => Promise<number | undefined> {
  let known: number | undefined
  return async (signal) => {
    try {
      known = (await bus.ask<Settings>('readSettings', { timeoutMs: askMs }, signal))[name]
    } catch (error) {
      if (signal?.aborted !== true) log.warn({ error }, 'the settings could not be read')
    }
    return known
  }
}
