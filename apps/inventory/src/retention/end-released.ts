import type { Bus } from '@proxbox/bus'
import type { InUse } from '@proxbox/contracts'
import { type Database, sql, type Transaction } from '@proxbox/database'
import type { Static } from 'typebox'
import { endReleasedConflicts } from '../conflicts/end-released.ts'
import { closeReleasedGaps } from '../gaps/close-released.ts'
import { endReleasedHeld } from '../held/end-released.ts'
import { endReleasedQuarantine } from '../quarantine/end-released.ts'
import type { Released } from './delete-released.ts'
import { batchesPerLook, rowsPerBatch, yieldToRuns } from './in-batches.ts'

const askMs = 3000

/**
 * Ends what is open about clusters and Proxmox Endpoints that were removed or disabled, and about NetBoxes whose Endpoints
 * were all removed: no Run looks there any more. Which are in use, the registry says. What a Run has told since it was
 * asked stays open until the next look. The Ledger, Plans and Changes stay as they are.
 *
 * @returns whether anything has ended of which the change feed is to tell
 * @throws ProxboxError when the registry does not answer
 */
export async function endReleased(
  { database, bus }: { readonly database: Database; readonly bus: Pick<Bus, 'ask'> },
  signal: AbortSignal
): Promise<boolean> {
  const [now] = await database.orm.execute<{ at: string }>(
    sql`select clock_timestamp()::text as at`
  )
  if (now === undefined) throw new Error('the database told no time')
  const used = await bus.ask<Static<typeof InUse>>('readInUse', { timeoutMs: askMs }, signal)
  const released = { used, before: now.at }
  let ended = 0
  for (let batch = 0; batch < batchesPerLook && !signal.aborted; batch += 1) {
    const rows = await database.transaction((tx) => endBatch(tx, released))
    ended += rows
    if (rows < rowsPerBatch) break
  }
  return ended > 0
}

async function endBatch(tx: Transaction, released: Released): Promise<number> {
  await yieldToRuns(tx)
  await closeReleasedGaps(tx, released)
  const conflicts = await endReleasedConflicts(tx, released)
  const quarantined = await endReleasedQuarantine(tx, released)
  return conflicts + quarantined + (await endReleasedHeld(tx, released))
}
