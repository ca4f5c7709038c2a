import { sql, type Transaction } from '@proxbox/database'
import type { Spell } from '../changes/feed-row.ts'
import type { Writer } from '../db/fence.ts'
import { removeAbsent } from '../items/absent-items.ts'

/** What the table tells of an Item that is held. */
interface Held extends Record<string, unknown> {
  key: string
  kind: string
  label: string
  netbox_id: number | null
}

interface HeldRow {
  readonly key: string
  readonly kind: string
  readonly label: string
  readonly netbox_id: number | null
}

/** Pure: begin or end of that for the change feed. */
export const spellOf = ({ key, kind, label, netbox_id }: Held, state: Spell['state']): Spell => ({
  key,
  kind,
  label,
  netbox_id,
  action: 'held',
  state
})

/** These Items are held by this Run. Returns those for which that begins. */
export async function beginHeld(
  tx: Transaction,
  { netbox, run_id }: Writer,
  held: readonly HeldRow[]
): Promise<Spell[]> {
  if (held.length === 0) return []
  const rows = JSON.stringify([...new Map(held.map((row) => [row.key, row])).values()])
  const stored = await tx.execute<Held & { is_new: boolean }>(sql`
    insert into inventory.held_item (netbox, key, kind, label, netbox_id, run_id)
    select ${netbox}, r.key, r.kind, r.label, r.netbox_id, ${run_id}
    from jsonb_to_recordset(${rows}::jsonb) as r(key text, kind text, label text, netbox_id integer)
    on conflict (netbox, key) do update set label = excluded.label, netbox_id = excluded.netbox_id, run_id = excluded.run_id
    returning key, kind, label, netbox_id, (xmax = 0) as is_new`)
  return [...stored].filter((row) => row.is_new).map((row) => spellOf(row, 'begins'))
}

/** Ends it for Items of which a later Run has written all fields that were held. Returns what ends. */
export async function endHeld(
  tx: Transaction,
  { netbox, run_id }: Writer,
  done: readonly { readonly key: string; readonly after: object }[]
): Promise<Spell[]> {
  if (done.length === 0) return []
  const rows = JSON.stringify(done.map(({ key, after }) => ({ key, after })))
  const ended = await tx.execute<Held>(sql`
    delete from inventory.held_item t using jsonb_to_recordset(${rows}::jsonb) as r(key text, after jsonb)
    where t.netbox = ${netbox} and t.key = r.key and t.run_id <> ${run_id} and not exists (
      select from inventory.change c, jsonb_object_keys(c.after) as field
      where c.run_id = t.run_id and c.key = t.key and c.outcome = 'held' and not r.after ? field)
    returning t.key, t.kind, t.label, t.netbox_id`)
  await removeAbsent(tx, netbox, [...ended])
  return [...ended].map((row) => spellOf(row, 'ends'))
}

/** Ends it for all Items of this NetBox that a Run which has compared everything did not hold. Returns what ends. */
export async function endHeldBut(tx: Transaction, { netbox, run_id }: Writer): Promise<Spell[]> {
  const ended = await tx.execute<Held>(sql`
    delete from inventory.held_item t where t.netbox = ${netbox} and t.run_id <> ${run_id}
    returning t.key, t.kind, t.label, t.netbox_id`)
  await removeAbsent(tx, netbox, [...ended])
  return [...ended].map((row) => spellOf(row, 'ends'))
}
