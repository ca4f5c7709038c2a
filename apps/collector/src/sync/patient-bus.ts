import { setTimeout as sleep } from 'node:timers/promises'
import type { Bus } from '@proxbox/bus'
import { ProxboxError } from '@proxbox/contracts'

// A service is back two seconds after it died; what lasts longer than ten times that is for the next attempt.
const patienceMs = 20_000
const pauseMs = 250
const passing: ReadonlySet<string> = new Set([
  'SERVICE_UNAVAILABLE',
  'SERVICE_TIMEOUT',
  'BUS_UNAVAILABLE'
])

/**
 * A bus that asks again while a service or the bus itself starts again, so that a restart costs a Run no attempt. Only
 * for what may be asked twice, which is all that a Run asks.
 */
export function patientBus(bus: Pick<Bus, 'ask'>, signal: AbortSignal): Pick<Bus, 'ask'> {
  return {
    async ask<T>(...[operationId, request]: Parameters<Bus['ask']>): Promise<T> {
      const endMs = performance.now() + patienceMs
      for (;;) {
        try {
          return await bus.ask<T>(operationId, request, signal)
        } catch (error) {
          const isPassing = error instanceof ProxboxError && passing.has(error.code)
          if (!isPassing || performance.now() >= endMs) throw error
        }
        await sleep(pauseMs, undefined, { signal })
      }
    }
  }
}
