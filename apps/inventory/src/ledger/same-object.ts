import { sql, type Transaction } from '@proxbox/database'

interface Placed {
  readonly key: string
  readonly kind: string
  readonly netbox_id: number | null
}

/**
 * Makes room for what the Ledger learns: an Item that is another object of NetBox now (made again, found elsewhere) has
 * nothing of what was written to the old one, and an object is one Item: a guest that got another key leaves its old row.
 */
export async function oneObjectEach(
  tx: Transaction,
  netbox: string,
  rows: readonly Placed[]
): Promise<void> {
  const placed = JSON.stringify(
    rows.flatMap(({ key, kind, netbox_id }) =>
      netbox_id === null ? [] : [{ key, kind, netbox_id }]
    )
  )
  await tx.execute(sql`
    update inventory.item t set last_written = '{}', evidence = '{}', sources = null, matched_by = null, kept = null, drifts = null,
      first_missing_at = null
    from jsonb_to_recordset(${placed}::jsonb) as r(key text, netbox_id integer)
    where t.netbox = ${netbox} and t.key = r.key and t.netbox_id <> r.netbox_id`)
  await tx.execute(sql`
    delete from inventory.item t using jsonb_to_recordset(${placed}::jsonb) as r(key text, kind text, netbox_id integer)
    where t.netbox = ${netbox} and t.kind = r.kind and t.netbox_id = r.netbox_id and t.key <> r.key`)
}
