import type { InUse } from '@proxbox/contracts'
import { sql, type Transaction } from '@proxbox/database'
import type { Static } from 'typebox'
import type { Spell } from '../changes/feed-row.ts'
import { type Ended, tellEnded } from '../changes/tell-ended.ts'
import { rowsPerBatch } from './in-batches.ts'

/** What is in use, as the registry said at the moment `before`; what has begun since then stays. */
export interface Released {
  readonly used: Static<typeof InUse>
  /** As text: a Date has no microseconds. */
  readonly before: string
}

/** A table of what waits at a NetBox, by its key there. */
interface Waiting {
  readonly table: ReturnType<typeof sql>
  /** The column that says when it began. */
  readonly since: ReturnType<typeof sql>
  /** Pure: its end for the change feed. */
  readonly spellOf: (row: Deleted) => Spell
}

interface Deleted extends Record<string, unknown>, Pick<Ended, 'netbox' | 'run_id'> {
  readonly key: string
  readonly kind: string
  readonly label: string
  readonly netbox_id: number | null
  /** When it began, in seconds. */
  readonly began: string
}

/**
 * Deletes a batch of what waits at NetBoxes that are not in use any more, and tells of it: no Run looks there.
 *
 * @returns how many
 */
export async function deleteReleased(
  tx: Transaction,
  { table, since, spellOf }: Waiting,
  { used, before }: Released
): Promise<number> {
  const inUse = sql`(select jsonb_array_elements_text(${JSON.stringify(used.netboxes)}::jsonb))`
  const deleted = await tx.execute<Deleted>(sql`
    with ending as (
      select netbox, key from ${table}
      where ${since} < ${before}::timestamptz and netbox not in ${inUse}
      order by netbox, key limit ${rowsPerBatch} for update)
    delete from ${table} t using ending e where t.netbox = e.netbox and t.key = e.key
    returning t.netbox, t.run_id, t.key, t.kind, t.label, t.netbox_id, extract(epoch from t.${since})::text as began`)
  await tellEnded(
    tx,
    [...deleted].map((row) => ({ netbox: row.netbox, run_id: row.run_id, spell: spellOf(row) }))
  )
  return deleted.length
}
