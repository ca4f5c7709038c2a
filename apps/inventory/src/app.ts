import { fileURLToPath } from 'node:url'
import type { Adoption, Intent, Outcome } from '@proxbox/contracts'
import { type Database, migrate, openDatabase, startOutbox } from '@proxbox/database'
import {
  handler,
  registerRoutes,
  type ServiceContext,
  type ServiceDefinition,
  type ServiceParts,
  startRetention
} from '@proxbox/service-kit'
import { cloudEventHeaders, type FeedRow } from './changes/cloud-event.ts'
import { recordOutcomes } from './changes/outcomes.ts'
import { Config } from './config.ts'
import { recordConflicts } from './conflicts/record-conflicts.ts'
import type { Writer } from './db/fence.ts'
import { outbox } from './db/schema.ts'
import { recordGaps } from './gaps/record-gaps.ts'
import { recordItems } from './items/record-items.ts'
import { readIntents, recordIntents } from './ledger/intents.ts'
import { readLedger, recordAdoptions } from './ledger/ledger.ts'
import { readSeenAddresses, recordSeenAddresses } from './ledger/seen-addresses.ts'
import { readAppliedPage, readPlanPage } from './plans/plan-pages.ts'
import { storePlanPage } from './plans/store-plan.ts'
import { readQuarantine } from './quarantine/quarantine.ts'
import { recordUnwanted } from './quarantine/record-unwanted.ts'
import { endReleased } from './retention/end-released.ts'
import { purge } from './retention/purge.ts'
import { watchReleased } from './retention/watch-released.ts'
import { reviewHandlers } from './review-handlers.ts'

/** What is known: Items, Ledger, intents, Plans, Changes, conflicts, gaps and the change feed. Wiring and nothing else. */
export const inventory: ServiceDefinition<typeof Config> = {
  name: 'inventory',
  config: Config,
  open: buildInventory
}

type LedgerQuery = Parameters<typeof readLedger>[1]

async function buildInventory({
  config,
  bus,
  app,
  log
}: ServiceContext<Config>): Promise<ServiceParts> {
  const database = await openDatabase({
    url: config.DATABASE_URL,
    applicationName: 'proxbox-inventory',
    schema: 'inventory',
    log
  })
  const folder = fileURLToPath(new URL('./db/migrations', import.meta.url))
  const prepare = async () => {
    await migrate(database, { folder, name: 'inventory' })
    await bus.ensureStreams('inventory')
  }
  await prepare().catch(async (error: unknown) => {
    await database.close()
    throw error
  })
  const feed = startOutbox({
    database,
    table: outbox,
    log,
    publish: async (row) => {
      const { messageId, parameters, payload, createdAt } = row
      const event = { messageId, createdAt, payload: payload as FeedRow['payload'] } // recordOutcomes stored it so
      const headers = cloudEventHeaders(event)
      await bus.publish('changes', parameters, payload, { messageId: headers['ce-id'], headers })
    }
  })
  const handled = <T>(result: T): T => {
    feed.wake()
    return result
  }
  const retention = startRetention({
    bus,
    log,
    now: () => new Date(),
    purge: (before, signal) => purge({ database, bus }, before, signal)
  })
  const released = watchReleased({
    bus,
    log,
    look: async (signal) => {
      if (await endReleased({ database, bus }, signal)) feed.wake()
    }
  })
  registerRoutes(app, 'inventory', {
    ...factHandlers(database, { handled, named: released.wake }),
    ...reviewHandlers({ database, bus, told: handled })
  })
  return {
    checks: { database: () => database.ping() },
    close: async () => {
      await Promise.all([retention.stop(), released.stop()])
      await feed.stop()
      await database.close()
    }
  }
}

interface Heard {
  /** Passes a result on and wakes the change feed. */
  readonly handled: <T>(result: T) => T
  /** A Run has named what waits for a person; its Endpoint may be gone since it began. */
  readonly named: () => void
}

/** Facts that the collector tells and reads: each Run's own. */
const factHandlers = (database: Database, { handled, named }: Heard) => ({
  readLedger: handler<unknown, LedgerQuery>(({ query }) => readLedger(database, query)),
  readIntents: handler<unknown, LedgerQuery>(({ query }) => readIntents(database, query)),
  readQuarantine: handler<unknown, LedgerQuery>(({ query }) => readQuarantine(database, query)),
  readSeenAddresses: handler<unknown, LedgerQuery>(({ query }) =>
    readSeenAddresses(database, query)
  ),
  recordSeenAddresses: handler<unknown, unknown, Parameters<typeof recordSeenAddresses>[1]>(
    ({ body }) => recordSeenAddresses(database, body)
  ),
  recordIntents: handler<unknown, unknown, Writer & { intents: Intent[] }>(({ body }) =>
    recordIntents(database, body)
  ),
  recordOutcomes: handler<unknown, unknown, Writer & { outcomes: Outcome[] }>(async ({ body }) => {
    const recorded = handled(await recordOutcomes(database, body))
    if (body.outcomes.some(({ state }) => state === 'refused')) named()
    return recorded
  }),
  recordAdoptions: handler<unknown, unknown, Writer & { adoptions: Adoption[] }>(async ({ body }) =>
    handled(await recordAdoptions(database, body))
  ),
  recordConflicts: handler<unknown, unknown, Parameters<typeof recordConflicts>[1]>(
    async ({ body }) => {
      const recorded = handled(await recordConflicts(database, body))
      named()
      return recorded
    }
  ),
  recordUnwanted: handler<unknown, unknown, Parameters<typeof recordUnwanted>[1]>(
    async ({ body }) => handled(await recordUnwanted(database, body))
  ),
  recordGaps: handler<unknown, unknown, Parameters<typeof recordGaps>[1]>(async ({ body }) => {
    const recorded = await recordGaps(database, body)
    named()
    return recorded
  }),
  storePlanPage: handler<unknown, unknown, Parameters<typeof storePlanPage>[1]>(async ({ body }) =>
    handled(await storePlanPage(database, body))
  ),
  readPlanPage: handler<unknown, Parameters<typeof readPlanPage>[1]>(({ query }) =>
    readPlanPage(database, query)
  ),
  readAppliedPage: handler<unknown, Parameters<typeof readAppliedPage>[1]>(({ query }) =>
    readAppliedPage(database, query)
  ),
  recordItems: handler<unknown, unknown, Parameters<typeof recordItems>[1]>(({ body }) =>
    recordItems(database, body)
  )
})
