import type { InUse } from '@proxbox/contracts'
import { sql, type Transaction } from '@proxbox/database'
import type { Static } from 'typebox'
import { tellEnded } from '../changes/tell-ended.ts'
import { rowsPerBatch } from '../retention/in-batches.ts'
import { type Held, spellOf } from './held-items.ts'

type Ended = Held & { readonly netbox: string; readonly run_id: string }

/**
 * Nothing is held at NetBoxes that are not in use any more: no Run would write it.
 *
 * @param before what is held since then stays
 * @returns how many, of a batch
 */
export async function endReleasedHeld(
  tx: Transaction,
  { netboxes }: Static<typeof InUse>,
  before: string
): Promise<number> {
  const used = sql`(select jsonb_array_elements_text(${JSON.stringify(netboxes)}::jsonb))`
  const ended = await tx.execute<Ended>(sql`
    with ending as (
      select netbox, key from inventory.held_item
      where since < ${before}::timestamptz and netbox not in ${used}
      order by netbox, key limit ${rowsPerBatch} for update)
    delete from inventory.held_item t using ending e where t.netbox = e.netbox and t.key = e.key
    returning t.netbox, t.run_id, t.key, t.kind, t.label, t.netbox_id`)
  await tellEnded(
    tx,
    [...ended].map((row) => ({
      netbox: row.netbox,
      run_id: row.run_id,
      spell: spellOf(row, 'ends')
    }))
  )
  return ended.length
}
