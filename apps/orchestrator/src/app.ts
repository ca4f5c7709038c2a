import { fileURLToPath } from 'node:url'
import type { IdParams } from '@proxbox/contracts'
import { migrate, openDatabase, startOutbox } from '@proxbox/database'
import {
  handler,
  registerRoutes,
  type ServiceContext,
  type ServiceDefinition,
  type ServiceParts,
  startRetention
} from '@proxbox/service-kit'
import type { Static } from 'typebox'
import { startWorker, type Worker } from './attempts/worker.ts'
import { Config } from './config.ts'
import { outbox } from './db/schema.ts'
import { publishRow } from './frames/publish-row.ts'
import { keepaliveBackend } from './probes/keepalive.ts'
import { purgeRuns } from './retention/purge-runs.ts'
import { runHandlers } from './runs/routes.ts'

/** When and whether a Run happens: wiring and nothing else. */
export const orchestrator: ServiceDefinition<typeof Config> = {
  name: 'orchestrator',
  config: Config,
  open: buildApp
}

async function buildApp({ config, bus, app, log }: ServiceContext<Config>): Promise<ServiceParts> {
  const database = await openDatabase({
    url: config.DATABASE_URL,
    applicationName: 'proxbox-orchestrator',
    schema: 'orchestrator',
    log
  })
  const folder = fileURLToPath(new URL('./db/migrations', import.meta.url))
  await migrate(database, { folder, name: 'orchestrator' })
  await bus.ensureStreams('orchestrator')
  const messages = startOutbox({
    database,
    table: outbox,
    log,
    publish: (row) => publishRow(bus, row)
  })
  let worker: Worker | undefined
  const wake = () => {
    messages.wake()
    worker?.wake()
  }
  const retention = startRetention({
    bus,
    log,
    now: () => new Date(),
    purge: (before, signal) => purgeRuns(database, before, signal)
  })
  registerRoutes(app, 'orchestrator', {
    ...runHandlers({ database, bus, leaseMarginMs: config.PROXBOX_LEASE_MARGIN_MS, wake }),
    keepaliveFastAPI: handler<Static<typeof IdParams>>(({ params, signal }) =>
      keepaliveBackend(bus, params.id, signal)
    )
  })
  return {
    checks: { database: () => database.ping() },
    start: async () => {
      worker = await startWorker({
        database,
        bus,
        log,
        pausesMs: config.PROXBOX_RETRY_PAUSES_MS.split(',').map(Number),
        renewMs: config.PROXBOX_LEASE_RENEW_MS,
        cancelGraceMs: config.PROXBOX_CANCEL_GRACE_MS,
        backendTimeoutMs: config.PROXBOX_BACKEND_TIMEOUT_MS,
        pollMs: config.PROXBOX_RUN_POLL_MS,
        concurrency: config.PROXBOX_RUN_CONCURRENCY,
        wakeOutbox: messages.wake
      })
    },
    close: async () => {
      await retention.stop()
      await worker?.stop()
      await messages.stop()
      await database.close()
    }
  }
}
