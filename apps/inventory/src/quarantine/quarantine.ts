import { quarantineMinutes } from '@proxbox/contracts'
import { and, asc, type Database, eq, isAfter, sql, type Transaction } from '@proxbox/database'
import type { Spell } from '../changes/feed-row.ts'
import type { OutcomeRow } from '../changes/outcome-row.ts'
import type { Writer } from '../db/fence.ts'
import { type KeyQuery, nextKey } from '../db/key-page.ts'
import { quarantine } from '../db/schema.ts'
import { addAbsent } from '../items/absent-items.ts'

/** What the table tells of an Item that NetBox has refused. */
interface Quarantined extends Record<string, unknown> {
  key: string
  kind: string
  label: string
  netbox_id: number | null
}

/** Pure: pauses after 1, 2, … refusals in a row; the last one stays. */
const pauses = JSON.stringify(Array.from({ length: 10 }, (_, n) => quarantineMinutes(n + 1)))
// A page that comes again, or a second step of the same Run, is no further failure.
const failures = sql`(quarantine.failures + case when quarantine.run_id = excluded.run_id then 0 else 1 end)`

/**
 * What NetBox has refused is not sent again before a pause that grows with each Run. It becomes an Item, even when
 * NetBox has nothing of it yet, so that a person can find and release it. Returns what begins.
 */
export async function quarantineRefused(
  tx: Transaction,
  writer: Writer,
  refused: readonly OutcomeRow[]
): Promise<Spell[]> {
  if (refused.length === 0) return []
  const { netbox, run_id } = writer
  const rows = JSON.stringify(refused)
  await addAbsent(tx, writer, refused)
  const stored = await tx.execute<Quarantined & { values: unknown; is_new: boolean }>(sql`
    insert into inventory.quarantine (netbox, key, kind, label, netbox_id, action, values, detail, failures, retry_at, run_id)
    select ${netbox}, r.key, r.kind, r.label, r.netbox_id, r.action, r.after, r.detail, 1, now() + ${pauseAfter(sql`1`)}, ${run_id}
    from jsonb_to_recordset(${rows}::jsonb) as r(key text, kind text, label text, netbox_id integer, action text, after jsonb, detail text)
    on conflict (netbox, key) do update set
      label = excluded.label, netbox_id = excluded.netbox_id, action = excluded.action, values = excluded.values,
      detail = excluded.detail, failures = ${failures}, retry_at = now() + ${pauseAfter(failures)}, run_id = excluded.run_id
    returning key, kind, label, netbox_id, values, (xmax = 0) as is_new`)
  return [...stored]
    .filter((row) => row.is_new)
    .map((row) => ({ ...spellOf(row, 'begins'), after: row.values }))
}

const pauseAfter = (count: ReturnType<typeof sql>) =>
  sql`make_interval(mins => (${pauses}::jsonb ->> (least(${count}, 10) - 1))::integer)`

/** Pure: begin or end of a quarantine for the change feed. */
export const spellOf = (
  { key, kind, label, netbox_id }: Quarantined,
  state: Spell['state']
): Spell => ({
  key,
  kind,
  label,
  netbox_id,
  action: 'quarantined',
  state
})

/** Ends the quarantine of what a person releases. Returns what ends. */
export const endQuarantine = (tx: Transaction, netbox: string, keys: readonly string[]) =>
  end(tx, { netbox, keys, only: sql`true` })

/**
 * Ends the quarantine of what NetBox has taken; not where it has refused one step of this Run and takes another: what it
 * refused is not written. Returns what ends.
 */
export async function endTaken(
  tx: Transaction,
  { netbox, run_id }: Writer,
  done: readonly OutcomeRow[]
): Promise<Spell[]> {
  const taken = JSON.stringify(done.map(({ key, after, action }) => ({ key, after, action })))
  const isTaken = sql`exists (
    select from jsonb_to_recordset(${taken}::jsonb) as d(key text, after jsonb, action text)
    where d.key = t.key and (d.action = 'delete' or d.after ?& array(select jsonb_object_keys(t.values))))`
  const only = sql`(t.run_id is distinct from ${run_id} or ${isTaken})`
  return await end(tx, { netbox, keys: done.map(({ key }) => key), only })
}

/** Ends the quarantine of what could not be created and is there now. Returns what ends. */
export const endCreateQuarantine = (tx: Transaction, netbox: string, keys: readonly string[]) =>
  end(tx, { netbox, keys, only: sql`t.action = 'create'` })

async function end(
  tx: Transaction,
  { netbox, keys, only }: { netbox: string; keys: readonly string[]; only: ReturnType<typeof sql> }
): Promise<Spell[]> {
  if (keys.length === 0) return []
  const rows = JSON.stringify(keys.map((key) => ({ key })))
  const ended = await tx.execute<Quarantined>(sql`
    delete from inventory.quarantine t using jsonb_to_recordset(${rows}::jsonb) as r(key text)
    where t.netbox = ${netbox} and t.key = r.key and ${only}
    returning t.key, t.kind, t.label, t.netbox_id`)
  return [...ended].map((row) => spellOf(row, 'ends'))
}

/** What one NetBox has refused, in key order, and until when it is not sent again. */
export async function readQuarantine(database: Database, query: KeyQuery) {
  const limit = query.limit ?? 1000
  const rows = await database.orm
    .select()
    .from(quarantine)
    .where(and(eq(quarantine.netbox, query.netbox), isAfter(quarantine.key, query.after)))
    .orderBy(asc(quarantine.key))
    .limit(limit)
  return {
    results: rows.map(quarantinedFrom),
    next: nextKey(rows, limit)
  }
}

/** Pure: a stored row as it travels. */
export const quarantinedFrom = (row: typeof quarantine.$inferSelect) => ({
  key: row.key,
  kind: row.kind,
  action: row.action,
  values: row.values,
  detail: row.detail,
  failures: row.failures,
  retry_at: row.retryAt.toISOString()
})
