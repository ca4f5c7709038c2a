import { setTimeout as sleep } from 'node:timers/promises'
import { and, type Database, eq } from '@proxbox/database'
import type { ServiceContext } from '@proxbox/service-kit'
import { type RunRow, runs } from '../db/schema.ts'
import { type Change, changeRun } from '../runs/change-run.ts'

const pauseMs = 500

interface SettleParts {
  readonly database: Database
  readonly log: ServiceContext<unknown>['log']
}

/**
 * Stores how an attempt ended, if it is still the current one. While the database is away it tries again until the
 * lease must have run out: after that the attempt counts as lost, and another orchestrator decides.
 */
export async function settleAttempt(
  row: RunRow,
  change: Change,
  { database, log }: SettleParts
): Promise<void> {
  const endMs = performance.now() + row.leaseMs
  for (;;) {
    try {
      await settleOnce(database, row, change)
      return
    } catch (error) {
      const isOver = performance.now() + pauseMs >= endMs
      log.warn({ error, runId: row.runId, attempt: row.attempt, isOver }, 'run was not settled')
      if (isOver) return
    }
    await sleep(pauseMs)
  }
}

const settleOnce = (database: Database, row: RunRow, change: Change) =>
  database.transaction(async (tx) => {
    const [current] = await tx
      .select()
      .from(runs)
      .where(and(eq(runs.id, row.id), eq(runs.attempt, row.attempt), eq(runs.state, 'running')))
      .for('update')
    return current === undefined ? undefined : await changeRun(tx, current, change)
  })
