import type { InUse } from '@proxbox/contracts'
import { sql, type Transaction } from '@proxbox/database'
import type { Static } from 'typebox'
import { tellEnded } from '../changes/tell-ended.ts'
import { rowsPerBatch } from '../retention/in-batches.ts'
import { type Quarantined, spellOf } from './quarantine.ts'

interface Ended extends Quarantined {
  readonly netbox: string
  readonly run_id: string
  readonly since: string
}

/**
 * What NetBoxes have refused that are not in use any more is sent to nobody.
 *
 * @param before what was refused since then stays
 * @returns how many, of a batch
 */
export async function endReleasedQuarantine(
  tx: Transaction,
  { netboxes }: Static<typeof InUse>,
  before: string
): Promise<number> {
  const used = sql`(select jsonb_array_elements_text(${JSON.stringify(netboxes)}::jsonb))`
  const ended = await tx.execute<Ended>(sql`
    with ending as (
      select netbox, key from inventory.quarantine
      where created < ${before}::timestamptz and netbox not in ${used}
      order by netbox, key limit ${rowsPerBatch} for update)
    delete from inventory.quarantine t using ending e where t.netbox = e.netbox and t.key = e.key
    returning t.netbox, t.run_id, t.key, t.kind, t.label, t.netbox_id, extract(epoch from t.created)::text as since`)
  await tellEnded(
    tx,
    // The Run that refused it last may have refused it before and ended that: the moment tells the two apart.
    [...ended].map((row) => ({
      netbox: row.netbox,
      run_id: row.run_id,
      spell: { ...spellOf(row, 'ends'), of: row.since }
    }))
  )
  return ended.length
}
