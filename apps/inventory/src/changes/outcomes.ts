import { labelAfter, type Outcome, ownValues } from '@proxbox/contracts'
import { type Database, sql, type Transaction } from '@proxbox/database'
import { fence, type Writer } from '../db/fence.ts'
import { endHeld } from '../held/held-items.ts'
import { forget } from '../ledger/forget.ts'
import { storeLedger } from '../ledger/store-ledger.ts'
import { endTaken, quarantineRefused } from '../quarantine/quarantine.ts'
import { feedRow, spellRow } from './feed-row.ts'
import { type OutcomeRow, outcomeRow } from './outcome-row.ts'
import { tell } from './tell.ts'

type Request = Writer & { readonly outcomes: readonly Outcome[] }

/**
 * What became of announced writes: Ledger, Changes, quarantine and the change feed in one transaction. A repeated page
 * is harmless: the feed tells of a write once, when its intent ends.
 */
export async function recordOutcomes(
  database: Database,
  request: Request
): Promise<{ stored: number }> {
  const rows = request.outcomes.map(outcomeRow)
  const done = rows.filter((row) => row.outcome === 'done')
  const refused = rows.filter((row) => row.outcome === 'refused')
  await database.transaction(async (tx) => {
    await fence(tx, request)
    await storeChanges(tx, request, rows)
    const present = done.filter((row) => row.action !== 'delete')
    await storeLedger(tx, request, present.map(learnedFrom), { isWritten: true })
    const spells = [
      ...(await endTaken(tx, request, done)),
      ...(await endHeld(tx, request, done)),
      ...(await quarantineRefused(tx, request, refused))
    ]
    await forget(
      tx,
      request.netbox,
      done.filter((row) => row.action === 'delete').map((row) => row.key)
    )
    const ended = await endIntents(tx, request, rows)
    const news = [
      ...done.filter((row) => ended.has(row.key)).map((row) => feedRow(row, request)),
      ...spells.map((spell) => spellRow(spell, request))
    ]
    await tell(tx, news)
  })
  return { stored: rows.length }
}

/** Pure: what the Ledger learns of a write. */
const learnedFrom = (row: OutcomeRow) => ({
  key: row.key,
  kind: row.kind,
  // A Change is labelled by the name before it, which it may have written.
  label: labelAfter(row),
  netbox_id: row.netbox_id,
  origin: row.origin,
  values: ownValues({ after: row.after, foreign: row.learns?.foreign }),
  evidence: row.evidence,
  sources: sourcesOf(row),
  ...row.learns
})

function sourcesOf({ after, why }: OutcomeRow): Record<string, string> {
  const named = Object.keys(after).flatMap((name) => {
    const source = why[name]?.source
    return source === undefined ? [] : [[name, source] as const]
  })
  return Object.fromEntries(named)
}

// Fields that NetBox refused, or that were left out, are in `after` and were not taken, then or now.
const isLeft = sql`not (excluded.after || coalesce(change.written, '{}')) ?& array(select jsonb_object_keys(change.after))`
const isStillOpen = sql`(change.outcome = 'refused' and excluded.outcome = 'skipped'
  or change.outcome in ('refused', 'skipped') and excluded.outcome = 'done' and ${isLeft})`

/**
 * A Change that is written in two steps (a late field follows) keeps its action and gathers its fields: the first value
 * before and the last one that NetBox has taken. Whatever follows a refusal, the refusal with NetBox's words is what
 * counts, until all that was refused is taken; so does what was left out. Parts of the same object that are held are rows
 * of their own, and stay as they are.
 */
async function storeChanges(
  tx: Transaction,
  request: Request,
  rows: readonly OutcomeRow[]
): Promise<void> {
  await tx.execute(sql`
    insert into inventory.change (run_id, netbox, key, kind, action, netbox_id, label, origin, before, after, why, evidence, learns, outcome, detail, written)
    select ${request.run_id}, ${request.netbox}, r.key, r.kind, r.action, r.netbox_id, r.label, r.origin, r.before, r.after, r.why, r.evidence, r.learns, r.outcome, r.detail, r.written
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(key text, kind text, action text, netbox_id integer, label text, origin text,
      before jsonb, after jsonb, why jsonb, evidence jsonb, learns jsonb, outcome text, detail text, written jsonb)
    on conflict (run_id, key, part) do update set
      netbox_id = coalesce(excluded.netbox_id, change.netbox_id), before = excluded.before || change.before,
      after = case when excluded.written is null then excluded.after || change.after else change.after || excluded.after end,
      why = change.why || excluded.why, guard = null, approvable = false, at = now(),
      written = case when change.written is null then excluded.written else change.written || coalesce(excluded.written, '{}') end,
      action = case when excluded.action = 'update' then change.action else excluded.action end,
      outcome = case when ${isStillOpen} then change.outcome else excluded.outcome end,
      detail = case when ${isStillOpen} then change.detail else excluded.detail end`)
  await tx.execute(sql`delete from inventory.plan where run_id = ${request.run_id}`)
}

/** Says which of these keys were announced; announced writes with an outcome are no longer open. */
async function endIntents(
  tx: Transaction,
  request: Request,
  rows: readonly OutcomeRow[]
): Promise<Set<string>> {
  const keys = JSON.stringify(rows.map(({ key }) => ({ key })))
  const ended = await tx.execute<{ key: string }>(sql`
    delete from inventory.intent t using jsonb_to_recordset(${keys}::jsonb) as r(key text)
    where t.netbox = ${request.netbox} and t.key = r.key returning t.key`)
  return new Set([...ended].map((row) => row.key))
}
