import { type Database, eq, sql } from '@proxbox/database'
import { plans } from '../db/schema.ts'

export interface PlanSummary {
  readonly sha256: string
  readonly count: number
  readonly held: number
}

/**
 * What all pages of a Plan have in common. Summing up reads every row, so that is done once and kept until a row of the
 * Plan changes; whoever stores rows deletes it.
 */
export async function planSummary(database: Database, runId: string): Promise<PlanSummary> {
  const [known] = await database.orm.select().from(plans).where(eq(plans.runId, runId))
  return known ?? (await sumUp(database, runId))
}

async function sumUp(database: Database, runId: string): Promise<PlanSummary> {
  return await database.transaction(async (tx) => {
    // Whoever stores rows of this Run holds this lock: the sum is of all of them, or they come after it.
    await tx.execute(sql`select from inventory.writer where run_id = ${runId} for share`)
    const [sum] = await tx.execute<{ sha256: string; count: number; held: number }>(sql`
      insert into inventory.plan (run_id, sha256, count, held)
      select ${runId}::text, encode(sha256(convert_to(coalesce(string_agg(hash, '' order by id) filter (where approvable), ''), 'UTF8')), 'hex'),
        count(*) filter (where approvable), count(*) filter (where outcome = 'held')
      from inventory.change where run_id = ${runId}
      on conflict (run_id) do update set sha256 = excluded.sha256, count = excluded.count, held = excluded.held
      returning sha256, count, held`)
    if (sum === undefined) throw new Error('an insert that returns its row returned none')
    return sum
  })
}
