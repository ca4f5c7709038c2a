import { clusterKey, type InUse } from '@proxbox/contracts'
import { sql, type Transaction } from '@proxbox/database'
import type { Static } from 'typebox'
import { spellRow } from '../changes/feed-row.ts'
import { tell } from '../changes/tell.ts'
import { removeAbsent } from '../items/absent-items.ts'
import { clusterQuestion } from './settle-conflicts.ts'
import { type StoredConflictRow, spellOf } from './stored-conflict.ts'

type Ended = StoredConflictRow & {
  readonly netbox: string
  readonly run_id: string
  readonly was: string
}

/**
 * What is asked about clusters that are not in use any more is gone. A decision stays: by it an Endpoint may have left the
 * cluster, and it can be decided otherwise, unless the cluster has become one with another.
 *
 * @param before what a Run has asked since then stays
 * @returns how many were open
 */
export async function endReleasedConflicts(
  tx: Transaction,
  { clusters, merged }: Static<typeof InUse>,
  before: string
): Promise<number> {
  const keysOf = (ids: readonly string[]) =>
    sql`(select jsonb_array_elements_text(${JSON.stringify(ids.map(clusterKey))}::jsonb))`
  const ended = await tx.execute<Ended>(sql`
    with ending as (
      select id, state from inventory.conflict
      where code = ${clusterQuestion} and last_updated < ${before}::timestamptz
        and (state = 'open' and key not in ${keysOf(clusters)} or state <> 'gone' and key in ${keysOf(merged)})
      for update)
    update inventory.conflict c set state = 'gone', last_updated = now()
    from ending where c.id = ending.id
    returning c.*, ending.state as was`)
  const gone = [...ended].filter(({ was }) => was === 'open')
  for (const [netbox, rows] of Map.groupBy(gone, (row) => row.netbox)) {
    await removeAbsent(tx, netbox, rows)
    await tell(
      tx,
      rows.map((row) => spellRow(spellOf(row, 'ends'), row))
    )
  }
  return gone.length
}
