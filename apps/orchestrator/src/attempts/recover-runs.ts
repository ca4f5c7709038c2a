import { errorFacts, ProxboxError } from '@proxbox/contracts'
import { type Database, eq } from '@proxbox/database'
import { runs } from '../db/schema.ts'
import { readLostRuns, readOverdueRuns } from '../leases/take-lease.ts'
import { changeRun } from '../runs/change-run.ts'

/** Runs whose attempt nobody works on any more get their next one, or end; those whose time is over end. */
export async function recoverRuns(
  database: Database,
  pausesMs: readonly number[]
): Promise<number> {
  let changed = 0
  for (const id of await readLostRuns(database)) {
    if (await recoverLost(database, id, pausesMs)) changed += 1
  }
  for (const id of await readOverdueRuns(database)) {
    const isChanged = await database.transaction(async (tx) => {
      const [row] = await tx.select().from(runs).where(eq(runs.id, id)).for('update')
      if (row?.state !== 'queued') return false
      const next = await changeRun(tx, row, { transition: { type: 'timed-out' }, pausesMs })
      return next !== undefined
    })
    if (isChanged) changed += 1
  }
  return changed
}

async function recoverLost(
  database: Database,
  id: number,
  pausesMs: readonly number[]
): Promise<boolean> {
  return await database.transaction(async (tx) => {
    const [row] = await tx.select().from(runs).where(eq(runs.id, id)).for('update')
    // Between the look and the lock another orchestrator may have done it, or the lease may have been renewed.
    if (row === undefined || (await readLostRuns({ orm: tx }, id)).length === 0) return false
    const lost = new ProxboxError('LEASE_LOST', { run: row.id, attempt: row.attempt })
    const changed = await changeRun(tx, row, {
      transition: { type: 'attempt-lost', error: errorFacts(lost), atMs: Date.now() },
      freesLease: true,
      pausesMs
    })
    return changed !== undefined
  })
}
