import { type Database, sql, type Transaction, tryLock } from '@proxbox/database'

export const rowsPerBatch = 500
/** A look ends after so many batches; what is left comes with the next one. */
export const batchesPerLook = 400

/** A Run may lock the same rows. Where both wait for each other Postgres ends one after 1 s: never the Run. */
export const yieldToRuns = async (tx: Transaction): Promise<void> => {
  await tx.execute(sql`set local lock_timeout = '500ms'`)
}

/** What a look may still do. */
export interface Look {
  /** One batch in a transaction of its own; undefined once the look is over. */
  batch<T>(work: (tx: Transaction) => Promise<T>): Promise<T | undefined>
  /** It has done its share, was stopped, or another process is at it. */
  isOver(): boolean
}

/** A bounded number of batches, in this process or in another, never in both. */
export function openLook(database: Database, signal: AbortSignal): Look {
  let left = batchesPerLook
  const isOver = () => signal.aborted || left === 0
  return {
    isOver,
    async batch(work) {
      if (isOver()) return undefined
      left -= 1
      return await database.transaction(async (tx) => {
        if (await tryLock(tx, `proxbox:${database.schema}:retention`)) {
          await yieldToRuns(tx)
          return await work(tx)
        }
        left = 0
        return undefined
      })
    }
  }
}

/** Repeats a batch that says how many rows it has deleted until it finds no more than a part of one. Returns their sum. */
export async function deletedInBatches(
  look: Look,
  work: (tx: Transaction) => Promise<number>
): Promise<number> {
  for (let sum = 0; ; ) {
    const deleted = (await look.batch(work)) ?? 0
    sum += deleted
    if (deleted < rowsPerBatch) return sum
  }
}
