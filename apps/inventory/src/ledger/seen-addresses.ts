import type { SeenAddress } from '@proxbox/contracts'
import { and, asc, type Database, eq, isAfter, sql, type Transaction } from '@proxbox/database'
import { fence, type Writer } from '../db/fence.ts'
import { type KeyQuery, nextKey } from '../db/key-page.ts'
import { seenAddresses } from '../db/schema.ts'
import { addAbsent, removeAbsent } from '../items/absent-items.ts'

/** Since when Runs have seen addresses that one NetBox does not have, in key order. */
export async function readSeenAddresses(database: Database, query: KeyQuery) {
  const limit = query.limit ?? 1000
  const rows = await database.orm
    .select()
    .from(seenAddresses)
    .where(and(eq(seenAddresses.netbox, query.netbox), isAfter(seenAddresses.key, query.after)))
    .orderBy(asc(seenAddresses.key))
    .limit(limit)
  const results = rows.map(seenFrom)
  return { results, next: nextKey(rows, limit) }
}

/** Pure: a row as it travels. */
export const seenFrom = (row: typeof seenAddresses.$inferSelect): SeenAddress => ({
  key: row.key,
  label: row.label,
  holder: row.holder,
  since: row.since.toISOString()
})

/** What a Run has seen first waits, and a person can ask why; what is told no more is forgotten. */
export async function recordSeenAddresses(
  database: Database,
  request: Writer & { readonly begun: readonly SeenAddress[]; readonly ended: readonly string[] }
): Promise<{ begun: number; ended: number }> {
  const { netbox, run_id, begun, ended } = request
  await database.transaction(async (tx) => {
    await fence(tx, request)
    await tx.execute(sql`
      insert into inventory.seen_address (netbox, key, label, holder, since, run_id)
      select distinct on (r.key) ${netbox}, r.key, r.label, r.holder, r.since, ${run_id}
      from jsonb_to_recordset(${JSON.stringify(begun)}::jsonb) as r(key text, label text, holder text, since timestamptz)
      on conflict (netbox, key) do update set
        label = excluded.label, holder = excluded.holder, since = excluded.since, run_id = excluded.run_id`)
    await addAbsent(
      tx,
      request,
      begun.map(({ key, label }) => ({ key, label, kind: 'ip-address' }))
    )
    await forgetSeen(tx, netbox, ended)
    await removeAbsent(
      tx,
      netbox,
      ended.map((key) => ({ key }))
    )
  })
  return { begun: begun.length, ended: ended.length }
}

/** What NetBox has waits no more, and what is gone begins anew. */
export async function forgetSeen(
  tx: Transaction,
  netbox: string,
  keys: readonly string[]
): Promise<void> {
  if (keys.length === 0) return
  const rows = JSON.stringify(keys.map((key) => ({ key })))
  await tx.execute(sql`
    delete from inventory.seen_address t using jsonb_to_recordset(${rows}::jsonb) as r(key text)
    where t.netbox = ${netbox} and t.key = r.key`)
}
