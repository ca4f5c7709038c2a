import { and, type Database, eq } from '@proxbox/database'
import type { ServiceContext } from '@proxbox/service-kit'
import { type RunRow, runs } from '../db/schema.ts'

const everyMs = 2000

interface StampParts {
  readonly database: Database
  readonly log: ServiceContext<unknown>['log']
}

/** To be called for each Frame: says now and then in the table that they come. */
export function openLastFrameStamp(row: RunRow, { database, log }: StampParts): () => void {
  let lastMs = 0
  return () => {
    const nowMs = Date.now()
    if (nowMs - lastMs < everyMs) return
    lastMs = nowMs
    database.orm
      .update(runs)
      .set({ lastFrameAt: new Date(nowMs) })
      .where(and(eq(runs.id, row.id), eq(runs.attempt, row.attempt)))
      .catch((error: unknown) =>
        log.warn({ error, runId: row.runId }, 'time of the last Frame was not stored')
      )
  }
}
