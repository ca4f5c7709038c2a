import type { Adoption } from '@proxbox/contracts'
import { and, asc, type Database, eq, gt, isNotNull, sql } from '@proxbox/database'
import { fence, type Writer } from '../db/fence.ts'
import { items } from '../db/schema.ts'

const defaultPage = 5000

/** The Ledger of one NetBox in key order. */
export async function readLedger(
  database: Database,
  query: { netbox: string; after?: string; limit?: number }
) {
  const limit = query.limit ?? defaultPage
  const where = and(
    eq(items.netbox, query.netbox),
    isNotNull(items.netboxId),
    query.after === undefined ? undefined : gt(items.key, query.after)
  )
  const rows = await database.orm
    .select()
    .from(items)
    .where(where)
    .orderBy(asc(items.key))
    .limit(limit)
  const results = rows.map((row) => ({
    key: row.key,
    kind: row.kind,
    netbox_id: row.netboxId,
    origin: row.origin,
    last_written: row.lastWritten,
    evidence: row.evidence,
    first_missing_at: row.firstMissingAt
  }))
  return { results, next: rows.length === limit ? (rows.at(-1)?.key ?? null) : null }
}

/** Objects that were found in NetBox: recorded without a write. What was created by us stays `created`. */
export async function recordAdoptions(
  database: Database,
  request: Writer & { adoptions: readonly Adoption[] }
): Promise<{ stored: number }> {
  await database.transaction(async (tx) => {
    await fence(tx, request)
    const rows = JSON.stringify(request.adoptions)
    await tx.execute(sql`
      insert into inventory.item (netbox, key, kind, label, netbox_id, origin, last_written, evidence, run_id)
      select ${request.netbox}, r.key, r.kind, r.label, r.netbox_id, r.origin, r.values, r.evidence, ${request.run_id}
      from jsonb_to_recordset(${rows}::jsonb)
        as r(key text, kind text, label text, netbox_id integer, origin text, values jsonb, evidence jsonb)
      on conflict (netbox, key) do update set
        kind = excluded.kind, label = excluded.label, netbox_id = excluded.netbox_id, origin = excluded.origin,
        last_written = item.last_written || excluded.last_written, evidence = item.evidence || excluded.evidence,
        run_id = excluded.run_id, last_updated = now()`)
    await tx.execute(sql`
      delete from inventory.intent i using jsonb_to_recordset(${rows}::jsonb) as r(key text)
      where i.netbox = ${request.netbox} and i.key = r.key`)
  })
  return { stored: request.adoptions.length }
}
