import type { Conflict } from '@proxbox/contracts'
import { sql, type Transaction } from '@proxbox/database'
import type { Writer } from '../db/fence.ts'
import { removeAbsent } from '../items/absent-items.ts'
import type { StoredConflictRow } from './stored-conflict.ts'

/** What is asked about a cluster that is not what it was. */
export const clusterQuestion: Conflict['code'] = 'cluster-contradicts'

/**
 * Clusters that are what they were: what was asked about them is gone, decided or not, for its decision is carried out
 * once and answers nothing more. Returns those that were open.
 *
 * @param keys of clusters
 */
export async function settleConflicts(
  tx: Transaction,
  { netbox }: Writer,
  keys: readonly string[]
): Promise<StoredConflictRow[]> {
  if (keys.length === 0) return []
  const gone = await tx.execute<StoredConflictRow & { was: string }>(sql`
    with ending as (
      select c.id, c.state from inventory.conflict c
      where c.netbox = ${netbox} and c.code = ${clusterQuestion} and c.state <> 'gone'
        and c.key in (select jsonb_array_elements_text(${JSON.stringify(keys)}::jsonb))
      for update)
    update inventory.conflict c set state = 'gone', last_updated = now()
    from ending where c.id = ending.id
    returning c.*, ending.state as was`)
  await removeAbsent(tx, netbox, [...gone])
  return [...gone].filter(({ was }) => was === 'open')
}
