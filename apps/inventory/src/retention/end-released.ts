import type { Bus } from '@proxbox/bus'
import type { InUse } from '@proxbox/contracts'
import { type Database, sql } from '@proxbox/database'
import type { Static } from 'typebox'
import { endReleasedConflicts } from '../conflicts/end-released.ts'
import { closeReleasedGaps } from '../gaps/close-released.ts'

const askMs = 3000

/**
 * Ends what is open about clusters and Endpoints that were removed or disabled: no Run looks there any more, and without any
 * enabled Proxmox Endpoint none succeeds. Which are in use, the registry says. What a Run has told since it was asked
 * stays open until the next look.
 *
 * @returns how many questions about clusters have ended, as the change feed is to tell
 * @throws ProxboxError when the registry does not answer
 */
export async function endReleased(
  { database, bus }: { readonly database: Database; readonly bus: Pick<Bus, 'ask'> },
  signal: AbortSignal
): Promise<number> {
  const [now] = await database.orm.execute<{ at: string }>(
    sql`select clock_timestamp()::text as at`
  )
  if (now === undefined) throw new Error('the database told no time')
  const used = await bus.ask<Static<typeof InUse>>('readInUse', { timeoutMs: askMs }, signal)
  return await database.transaction(async (tx) => {
    await closeReleasedGaps(tx, used, now.at)
    return await endReleasedConflicts(tx, used, now.at)
  })
}
