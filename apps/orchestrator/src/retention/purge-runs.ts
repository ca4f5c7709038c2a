import { type Database, sql, tryLock } from '@proxbox/database'

const batch = 100
/** A look ends after so many batches; what is left comes with the next one. */
const batchesPerLook = 200

/** A Run whose Plan or Changes a younger Run works with, or could work with again: an apply, an undo, one of them rerun. */
const isNeeded = (before: Date) => sql`exists (
  select from orchestrator.run n
  where n.plan_run_id = r.run_id and (n.ended is null or n.ended >= ${before.toISOString()}::timestamptz))`

/** Runs that ended before this moment and are needed by none, oldest first, locked; what others have locked is left out. */
export const oldRuns = (before: Date) => sql`
  select r.id from orchestrator.run r
  where r.ended < ${before.toISOString()}::timestamptz and not ${isNeeded(before)}
  order by r.ended limit ${batch} for update of r skip locked`

/** Looked at once more under their locks: whoever wants to use one takes the same lock before. */
export const deleteRuns = (ids: readonly number[], before: Date) => sql`
  delete from orchestrator.run r
  where r.id in (select jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb)::integer) and not ${isNeeded(before)}
  returning r.id`

/**
 * Deletes Runs that ended before this moment. What waits, works, or awaits approval has not ended. The inventory keeps what
 * a Run has planned and written for as long as the Run is here.
 */
export async function purgeRuns(
  database: Database,
  before: Date,
  signal: AbortSignal
): Promise<{ runs: number }> {
  let runs = 0
  for (let n = 0; n < batchesPerLook && !signal.aborted; n += 1) {
    const purged = await purgeBatch(database, before)
    runs += purged
    if (purged < batch) break
  }
  return { runs }
}

async function purgeBatch(database: Database, before: Date): Promise<number> {
  return await database.transaction(async (tx) => {
    if (!(await tryLock(tx, `proxbox:${database.schema}:retention`))) return 0
    const old = [...(await tx.execute<{ id: number }>(oldRuns(before)))].map(({ id }) => id)
    if (old.length === 0) return 0
    return [...(await tx.execute(deleteRuns(old, before)))].length
  })
}
