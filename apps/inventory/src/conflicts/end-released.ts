import { clusterKey } from '@proxbox/contracts'
import { sql, type Transaction } from '@proxbox/database'
import { tellEnded } from '../changes/tell-ended.ts'
import type { Released } from '../retention/delete-released.ts'
import { rowsPerBatch } from '../retention/in-batches.ts'
import { clusterQuestion } from './settle-conflicts.ts'
import { type StoredConflictRow, spellOf } from './stored-conflict.ts'

type Ended = StoredConflictRow & {
  readonly netbox: string
  readonly run_id: string
  readonly was: string
}

/**
 * What is asked about NetBoxes and clusters that are not in use any more is gone. A decision stays, as its Rule does: by it
 * an Endpoint may have left the cluster, and it can be decided otherwise, unless the cluster has become one with another.
 *
 * @returns how many, of a batch
 */
export async function endReleasedConflicts(
  tx: Transaction,
  { used: { clusters, merged, netboxes }, before }: Released
): Promise<number> {
  const among = (texts: readonly string[]) =>
    sql`(select jsonb_array_elements_text(${JSON.stringify(texts)}::jsonb))`
  const isAsked = sql`code = ${clusterQuestion}`
  const isReleased = sql`(netbox not in ${among(netboxes)} or ${isAsked} and key not in ${among(clusters.map(clusterKey))})`
  const ended = await tx.execute<Ended>(sql`
    with ending as (
      select id, state from inventory.conflict
      where last_updated < ${before}::timestamptz and (
        state = 'open' and ${isReleased}
        or state <> 'gone' and ${isAsked} and key in ${among(merged.map(clusterKey))})
      order by id limit ${rowsPerBatch} for update)
    update inventory.conflict c set state = 'gone', last_updated = now()
    from ending where c.id = ending.id
    returning c.*, ending.state as was`)
  const open = [...ended].filter(({ was }) => was === 'open')
  await tellEnded(
    tx,
    open.map((row) => ({ netbox: row.netbox, run_id: row.run_id, spell: spellOf(row, 'ends') }))
  )
  return ended.length
}
