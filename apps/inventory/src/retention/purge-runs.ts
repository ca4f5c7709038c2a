import type { Bus } from '@proxbox/bus'
import { type Database, sql } from '@proxbox/database'
import type { Look } from './in-batches.ts'
import { purgeChanges } from './purge-changes.ts'

interface OldRun extends Record<string, unknown> {
  readonly run_id: string
  /** As text: a Date has no microseconds, and the next page begins exactly here. */
  readonly last_seen: string
}
type Place = Pick<OldRun, 'run_id' | 'last_seen'>

const runsPerPage = 100
const beginning: Place = { run_id: '', last_seen: '-infinity' }

/** Runs that nobody has heard of since before this moment, longest ago first. */
export const oldRuns = (before: Date, after: Place) => sql`
  select run_id, last_seen::text as last_seen from inventory.writer
  where last_seen < ${before.toISOString()}::timestamptz
    and (last_seen, run_id) > (${after.last_seen}::timestamptz, ${after.run_id})
  order by last_seen, run_id limit ${runsPerPage}`

/**
 * Deletes what is stored of old Runs that the orchestrator has no more: whether a Run waits for approval, or could be
 * applied, undone or rerun, it alone knows.
 */
export async function purgeRuns(
  { database, bus, look }: { database: Database; bus: Pick<Bus, 'ask'>; look: Look },
  before: Date,
  signal: AbortSignal
): Promise<{ runs: number; changes: number; plans: number }> {
  const sum = { runs: 0, changes: 0, plans: 0 }
  for (let after: Place | undefined = beginning; after !== undefined && !look.isOver(); ) {
    const old: OldRun[] = [...(await database.orm.execute<OldRun>(oldRuns(before, after)))]
    if (old.length === 0) break
    const query = { run_id: old.map((one) => one.run_id) }
    const kept = new Set(
      (await bus.ask<{ kept: string[] }>('readKeptRuns', { query }, signal)).kept
    )
    for (const { run_id } of old.filter((one) => !kept.has(one.run_id))) {
      const purged = await purgeChanges(look, run_id)
      sum.runs += purged.runs
      sum.changes += purged.changes
      sum.plans += purged.plans
    }
    after = old.length < runsPerPage ? undefined : old.at(-1)
  }
  return sum
}
