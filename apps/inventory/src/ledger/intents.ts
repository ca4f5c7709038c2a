import type { Intent } from '@proxbox/contracts'
import { and, asc, type Database, eq, isAfter, sql } from '@proxbox/database'
import { fence, type Writer } from '../db/fence.ts'
import { type KeyQuery, nextKey } from '../db/key-page.ts'
import { intents } from '../db/schema.ts'

/** Announces writes before they are sent; announcing again replaces. */
export async function recordIntents(
  database: Database,
  request: Writer & { intents: readonly Intent[] }
): Promise<{ stored: number }> {
  await database.transaction(async (tx) => {
    await fence(tx, request)
    await tx.execute(sql`
      insert into inventory.intent (netbox, key, kind, action, netbox_id, before, values, run_id, attempt)
      select ${request.netbox}, r.key, r.kind, r.action, r.netbox_id, r.before, r.values, ${request.run_id}, ${request.attempt}
      from jsonb_to_recordset(${JSON.stringify(request.intents)}::jsonb)
        as r(key text, kind text, action text, netbox_id integer, before jsonb, values jsonb)
      on conflict (netbox, key) do update set
        kind = excluded.kind, action = excluded.action, netbox_id = excluded.netbox_id, before = excluded.before,
        values = excluded.values, run_id = excluded.run_id, attempt = excluded.attempt, at = now()`)
  })
  return { stored: request.intents.length }
}

/** Announced writes of one NetBox without an outcome, in key order. */
export async function readIntents(database: Database, query: KeyQuery) {
  const limit = query.limit ?? 1000
  const rows = await database.orm
    .select()
    .from(intents)
    .where(and(eq(intents.netbox, query.netbox), isAfter(intents.key, query.after)))
    .orderBy(asc(intents.key))
    .limit(limit)
  const results = rows.map((row) => ({
    key: row.key,
    kind: row.kind,
    action: row.action,
    netbox_id: row.netboxId,
    before: row.before,
    values: row.values
  }))
  return { results, next: nextKey(rows, limit) }
}
