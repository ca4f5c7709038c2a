import { clusterKey, type InUse } from '@proxbox/contracts'
import { sql, type Transaction } from '@proxbox/database'
import type { Static } from 'typebox'
import { spellRow } from '../changes/feed-row.ts'
import { tell } from '../changes/tell.ts'
import { removeAbsent } from '../items/absent-items.ts'
import { type StoredConflictRow, spellOf } from './record-conflicts.ts'
import { clusterQuestion } from './settle-conflicts.ts'

type Ended = StoredConflictRow & { readonly netbox: string; readonly run_id: string }

/**
 * What is asked about clusters that are not in use any more is gone. A decision stays: by it an Endpoint may have left the
 * cluster, and it can be decided otherwise.
 *
 * @param before what a Run has asked since then stays
 * @returns how many
 */
export async function endReleasedConflicts(
  tx: Transaction,
  { clusters }: Static<typeof InUse>,
  before: string
): Promise<number> {
  const used = JSON.stringify(clusters.map(clusterKey))
  const gone = await tx.execute<Ended>(sql`
    update inventory.conflict set state = 'gone', last_updated = now()
    where code = ${clusterQuestion} and state = 'open' and last_updated < ${before}::timestamptz
      and key not in (select jsonb_array_elements_text(${used}::jsonb))
    returning *`)
  for (const [netbox, ended] of Map.groupBy(gone, (row) => row.netbox)) {
    await removeAbsent(tx, netbox, ended)
    await tell(
      tx,
      ended.map((row) => spellRow(spellOf(row, 'ends'), row))
    )
  }
  return [...gone].length
}
