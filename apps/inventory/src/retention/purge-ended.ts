import { sql } from '@proxbox/database'
import { deletedInBatches, type Look, rowsPerBatch } from './in-batches.ts'

/** Gaps that are closed since before this moment; an acknowledgement outlives its gap, for that may come back. */
export const deleteGaps = (before: Date) => sql`
  delete from inventory.gap where id = any(array(
    select id from inventory.gap
    where not is_open and last_updated < ${before.toISOString()}::timestamptz
      and (acknowledged_until is null or acknowledged_until < ${before.toISOString()}::timestamptz)
    order by last_updated limit ${rowsPerBatch} for update skip locked))
  returning id`

/** Conflicts that are gone since before this moment; one that is decided stays, as its Rule does. */
export const deleteConflicts = (before: Date) => sql`
  delete from inventory.conflict where id = any(array(
    select id from inventory.conflict where state = 'gone' and last_updated < ${before.toISOString()}::timestamptz
    order by last_updated limit ${rowsPerBatch} for update skip locked))
  returning id`

/** Deletes what came to its end without a person and lies back longer than retention. */
export async function purgeEnded(
  look: Look,
  before: Date
): Promise<{ gaps: number; conflicts: number }> {
  const purge = (statement: ReturnType<typeof sql>) =>
    deletedInBatches(look, async (tx) => [...(await tx.execute(statement))].length)
  return {
    gaps: await purge(deleteGaps(before)),
    conflicts: await purge(deleteConflicts(before))
  }
}
