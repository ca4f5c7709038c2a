import type { Bus } from '@proxbox/bus'
import type { InUse } from '@proxbox/contracts'
import { type Database, sql, type Transaction } from '@proxbox/database'
import type { Static } from 'typebox'
import { endReleasedConflicts } from '../conflicts/end-released.ts'
import { closeReleasedGaps } from '../gaps/close-released.ts'
import { endReleasedHeld } from '../held/end-released.ts'
import { endReleasedQuarantine } from '../quarantine/end-released.ts'
import { rowsPerBatch } from './in-batches.ts'

const askMs = 3000
/** A look ends after so many batches; what is left comes with the next one. */
const batchesPerLook = 400

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
  let ended = 0
  for (let batch = 0; batch < batchesPerLook && !signal.aborted; batch += 1) {
    const rows = await database.transaction((tx) => endBatch(tx, used, now.at))
    ended += rows
    if (rows < rowsPerBatch) break
  }
  return ended > 0
}

async function endBatch(tx: Transaction, used: Static<typeof InUse>, at: string): Promise<number> {
  // A Run may write the same rows. Where both wait for each other Postgres ends one after 1 s: never the Run.
  await tx.execute(sql`set local lock_timeout = '500ms'`)
  await closeReleasedGaps(tx, used, at)
  const conflicts = await endReleasedConflicts(tx, used, at)
  const quarantined = await endReleasedQuarantine(tx, used, at)
  return conflicts + quarantined + (await endReleasedHeld(tx, used, at))
}
