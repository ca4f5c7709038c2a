import { type Database, inArray } from '@proxbox/database'
import { runs } from '../db/schema.ts'
import { isRunId, type Readable } from '../runs/read-runs.ts'

/** Which of these Runs, by UUID as it is written there, are still here, whoever may see them. */
export async function readKeptRuns(
  database: Database,
  ids: readonly string[]
): Promise<{ kept: string[] }> {
  const known = ids.filter(isRunId)
  if (known.length === 0) return { kept: [] }
  const rows = await database.orm
    .select({ runId: runs.runId })
    .from(runs)
    .where(inArray(runs.runId, known))
  const here = new Set(rows.map(({ runId }) => runId))
  return { kept: known.filter((id) => here.has(id.toLowerCase())) }
}

/** Which of these Runs, by number, are still here, whoever may see them. */
export async function readKept(
  database: Readable,
  ids: readonly number[]
): Promise<ReadonlySet<number>> {
  if (ids.length === 0) return new Set()
  const rows = await database.orm
    .select({ id: runs.id })
    .from(runs)
    .where(inArray(runs.id, [...new Set(ids)]))
  return new Set(rows.map(({ id }) => id))
}
