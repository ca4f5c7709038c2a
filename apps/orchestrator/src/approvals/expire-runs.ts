import type { Bus } from '@proxbox/bus'
import { errorFacts, ProxboxError } from '@proxbox/contracts'
import { and, asc, type Database, eq, lte, sql } from '@proxbox/database'
import { openDaysSetting, type ServiceContext } from '@proxbox/service-kit'
import { runs } from '../db/schema.ts'
import { changeRun } from '../runs/change-run.ts'

export interface ExpiryParts {
  readonly database: Database
  readonly bus: Pick<Bus, 'ask'>
  readonly log: ServiceContext<unknown>['log']
  /** Pause between two looks. */
  readonly everyMs: number
}

export interface Expiry {
  /** Looks in the background, when it is time. */
  tick(): void
  /** Waits for the look that is under way. */
  stop(): Promise<void>
}

/** The least that the setting can be: below it the registry need not be asked. */
const leastDays = 1
const batch = 100

/**
 * Ends Runs that have awaited approval for too long. How long is too long is a setting: while the registry is away the
 * value that it told last holds, and without any nothing expires.
 */
export function openExpiry(parts: ExpiryParts, now = () => performance.now()): Expiry {
  let nextMs = 0
  const readDays = openDaysSetting(parts, 'approval_expire_days')
  let looking: Promise<void> | undefined
  const look = async () => {
    const old = await readWaiting(parts.database, leastDays)
    if (old.length === 0) return
    const days = await readDays()
    if (days === undefined) return
    for (const id of await readWaiting(parts.database, days)) await expire(parts.database, id, days)
  }
  return {
    tick() {
      if (looking !== undefined || now() < nextMs) return
      nextMs = now() + parts.everyMs
      looking = look()
        .catch((error: unknown) =>
          parts.log.warn({ error }, 'could not look for expired approvals')
        )
        .finally(() => {
          looking = undefined
        })
    },
    async stop() {
      await looking
    }
  }
}

const isOlder = (days: number) =>
  and(
    eq(runs.state, 'awaiting_approval'),
    lte(runs.awaitingSince, sql`clock_timestamp() - ${days}::integer * interval '1 day'`)
  )

async function readWaiting(database: Database, days: number): Promise<readonly number[]> {
  const rows = await database.orm
    .select({ id: runs.id })
    .from(runs)
    .where(isOlder(days))
    .orderBy(asc(runs.id))
    .limit(batch)
  return rows.map((row) => row.id)
}

async function expire(database: Database, id: number, days: number): Promise<void> {
  await database.transaction(async (tx) => {
    // Between the look and the lock a person may have approved it, or another orchestrator ended it.
    const isIt = and(eq(runs.id, id), isOlder(days))
    const [row] = await tx.select().from(runs).where(isIt).for('update')
    if (row === undefined) return
    const error = errorFacts(new ProxboxError('RUN_EXPIRED', { run: row.id, days }))
    await changeRun(tx, row, { transition: { type: 'expired', error }, pausesMs: [] })
  })
}
