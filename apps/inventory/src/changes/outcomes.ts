import type { Outcome } from '@proxbox/contracts'
import { type Database, sql, type Transaction } from '@proxbox/database'
import { fence, type Writer } from '../db/fence.ts'
import { outbox } from '../db/schema.ts'
import { feedRow } from './feed-row.ts'

type Request = Writer & { readonly outcomes: readonly Outcome[] }

/** Pure: an outcome as one flat row. */
const rowOf = ({ change, state, netbox_id, detail }: Outcome) => ({
  key: change.key,
  kind: change.kind,
  action: change.action,
  netbox_id: netbox_id ?? change.netbox_id,
  label: change.label,
  origin: change.origin,
  before: change.before,
  after: change.after,
  why: change.why,
  evidence: change.evidence ?? {},
  outcome: state,
  detail
})
export type Row = ReturnType<typeof rowOf>

/**
 * What became of announced writes: Ledger, Changes and the change feed in one transaction. A repeated page is harmless:
 * the feed tells of a write once, when its intent ends.
 */
export async function recordOutcomes(
  database: Database,
  request: Request
): Promise<{ stored: number }> {
  const rows = request.outcomes.map(rowOf)
  const done = rows.filter((row) => row.outcome === 'done')
  await database.transaction(async (tx) => {
    await fence(tx, request)
    await storeChanges(tx, request, rows)
    await storeLedger(
      tx,
      request,
      done.filter((row) => row.action !== 'delete')
    )
    await forget(tx, request, done)
    const ended = await endIntents(tx, request, rows)
    const news = done.filter((row) => ended.has(row.key)).map((row) => feedRow(row, request))
    if (news.length > 0) await tx.insert(outbox).values(news)
  })
  return { stored: rows.length }
}

const isAfterRefusal = sql`excluded.outcome = 'skipped' and change.outcome = 'refused'`

/**
 * A Change that is written in two steps (a late field follows) keeps its action and gathers its fields. What follows a
 * refusal is skipped; the refusal, with NetBox's words, is what counts.
 */
async function storeChanges(
  tx: Transaction,
  request: Request,
  rows: readonly Row[]
): Promise<void> {
  await tx.execute(sql`
    insert into inventory.change (run_id, netbox, key, kind, action, netbox_id, label, origin, before, after, why, evidence, outcome, detail)
    select ${request.run_id}, ${request.netbox}, r.key, r.kind, r.action, r.netbox_id, r.label, r.origin, r.before, r.after, r.why, r.evidence, r.outcome, r.detail
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(key text, kind text, action text, netbox_id integer, label text, origin text,
      before jsonb, after jsonb, why jsonb, evidence jsonb, outcome text, detail text)
    on conflict (run_id, key) do update set
      netbox_id = coalesce(excluded.netbox_id, change.netbox_id), before = excluded.before || change.before,
      after = change.after || excluded.after, why = change.why || excluded.why, guard = null, at = now(),
      action = case when excluded.action = 'update' then change.action else excluded.action end,
      outcome = case when ${isAfterRefusal} then change.outcome else excluded.outcome end,
      detail = case when ${isAfterRefusal} then change.detail else excluded.detail end`)
}

async function storeLedger(tx: Transaction, request: Request, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return
  await tx.execute(sql`
    insert into inventory.item (netbox, key, kind, label, netbox_id, origin, last_written, evidence, run_id)
    select ${request.netbox}, r.key, r.kind, r.label, r.netbox_id, r.origin, r.after, r.evidence, ${request.run_id}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(key text, kind text, label text, netbox_id integer, origin text, after jsonb, evidence jsonb)
    on conflict (netbox, key) do update set
      label = excluded.label, netbox_id = excluded.netbox_id, origin = excluded.origin,
      last_written = item.last_written || excluded.last_written, evidence = item.evidence || excluded.evidence,
      run_id = excluded.run_id, last_updated = now()`)
}

/** Says which of these keys were announced; announced writes with an outcome are no longer open. */
async function endIntents(
  tx: Transaction,
  request: Request,
  rows: readonly Row[]
): Promise<Set<string>> {
  const keys = JSON.stringify(rows.map(({ key }) => ({ key })))
  const ended = await tx.execute<{ key: string }>(sql`
    delete from inventory.intent t using jsonb_to_recordset(${keys}::jsonb) as r(key text)
    where t.netbox = ${request.netbox} and t.key = r.key returning t.key`)
  return new Set([...ended].map((row) => row.key))
}

/** What was deleted in NetBox is no longer known. */
async function forget(tx: Transaction, request: Request, done: readonly Row[]): Promise<void> {
  const deleted = done.filter((row) => row.action === 'delete').map(({ key }) => ({ key }))
  if (deleted.length === 0) return
  await tx.execute(sql`
    delete from inventory.item t using jsonb_to_recordset(${JSON.stringify(deleted)}::jsonb) as r(key text)
    where t.netbox = ${request.netbox} and t.key = r.key`)
}
