import { sql, type Transaction } from '@proxbox/database'
import type { Writer } from '../db/fence.ts'

interface Named {
  readonly key: string
  readonly kind: string
  readonly label: string
  readonly origin?: string
}

/** What NetBox does not have, because something keeps it from being created, is an Item too: a person can ask why. */
export async function addAbsent(
  tx: Transaction,
  { netbox, run_id }: Writer,
  rows: readonly Named[]
): Promise<void> {
  if (rows.length === 0) return
  await tx.execute(sql`
    insert into inventory.item (netbox, key, kind, label, origin, last_written, run_id)
    select distinct on (r.key) ${netbox}, r.key, r.kind, r.label, coalesce(r.origin, 'created'), '{}'::jsonb, ${run_id}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(key text, kind text, label text, origin text)
    on conflict (netbox, key) do nothing`)
}

/** Once nothing is said about such an Item any more it is none. */
export async function removeAbsent(
  tx: Transaction,
  netbox: string,
  rows: readonly { readonly key: string }[]
): Promise<void> {
  if (rows.length === 0) return
  const keys = JSON.stringify(rows.map(({ key }) => ({ key })))
  await tx.execute(sql`
    delete from inventory.item t using jsonb_to_recordset(${keys}::jsonb) as r(key text)
    where t.netbox = ${netbox} and t.key = r.key and t.netbox_id is null
      and not exists (select from inventory.quarantine q where q.netbox = t.netbox and q.key = t.key)
      and not exists (select from inventory.held_item h where h.netbox = t.netbox and h.key = t.key)
      and not exists (select from inventory.conflict c where c.netbox = t.netbox and c.key = t.key and c.state = 'open')
      and not exists (select from inventory.seen_address s where s.netbox = t.netbox and s.key = t.key)`)
}
