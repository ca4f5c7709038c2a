import { errorFacts, ProxboxError } from '@proxbox/contracts'
import type { TObject } from 'typebox'
import { readConfig } from './config.ts'
import { openLogger } from './logger.ts'
import { type ServiceDefinition, startService } from './start-service.ts'

const stopTimeoutMs = 15_000

/**
 * The whole life of a service process: environment → start → `{ready: true, url}` to the parent → until SIGTERM, SIGINT
 * or the parent is gone → ordered stop. A start that fails logs one line and exits 1. Called by `main.ts` alone.
 */
export async function runService<Schema extends TObject>(
  definition: ServiceDefinition<Schema>,
  environment: Readonly<Record<string, string | undefined>>
): Promise<void> {
  const log = openLogger(definition.name, environment.LOG_LEVEL ?? 'info')
  try {
    const service = await startService(definition, readConfig(definition.config, environment))
    const stop = (reason: string) => {
      log.info({ reason }, 'service stops')
      setTimeout(() => process.exit(1), stopTimeoutMs).unref()
      void service.stop().then(() => process.exit(0))
    }
    process.once('SIGTERM', () => stop('SIGTERM'))
    process.once('SIGINT', () => stop('SIGINT'))
    process.once('disconnect', () => stop('parent is gone'))
    process.send?.({ ready: true, url: service.url })
  } catch (error) {
    const detail = error instanceof ProxboxError ? error.message : undefined
    log.fatal(
      detail === undefined ? { error } : { code: errorFacts(error).code, detail },
      'service did not start'
    )
    process.exit(1)
  }
}
