import type { Bus } from '@proxbox/bus'
import type { Database } from '@proxbox/database'
import type { Purged } from '@proxbox/service-kit'
import { endReleased } from './end-released.ts'
import { openLook } from './in-batches.ts'
import { purgeEnded } from './purge-ended.ts'
import { purgeRuns } from './purge-runs.ts'

/**
 * Deletes what has come to its end before this moment: closed gaps, conflicts that are gone, and Plans and Changes of Runs
 * that are no more; and ends what is about nothing that is in use. Never by age: Ledger, intents without an outcome, quarantine, open and decided conflicts.
 */
export async function purge(
  { database, bus }: { readonly database: Database; readonly bus: Pick<Bus, 'ask'> },
  before: Date,
  signal: AbortSignal
): Promise<Purged> {
  const look = openLook(database, signal)
  const ended = await purgeEnded(look, before)
  const runs = await purgeRuns({ database, bus, look }, before, signal)
  if (!look.isOver()) await endReleased({ database, bus }, signal)
  return { ...ended, ...runs }
}
