import type { Change, HeldChange } from '@proxbox/contracts'
import { and, asc, type Database, eq, gt, ne, sql } from '@proxbox/database'
import { fence, type Writer } from '../db/fence.ts'
import { changes } from '../db/schema.ts'

type Page = Writer & {
  readonly page: number
  readonly changes: readonly Change[]
  readonly held: readonly HeldChange[]
}

/**
 * One page of a Plan; page 0 replaces the Plan that was stored for the Run before. What an earlier attempt has written
 * stays: it happened.
 */
export async function storePlanPage(
  database: Database,
  request: Page
): Promise<{ stored: number }> {
  const rows = [
    ...request.changes.map((change) => ({
      ...change,
      evidence: change.evidence ?? {},
      outcome: 'planned',
      detail: '',
      guard: null
    })),
    ...request.held.map(({ change, guard, reason }) => ({
      ...change,
      evidence: change.evidence ?? {},
      outcome: 'held',
      detail: reason,
      guard
    }))
  ]
  await database.transaction(async (tx) => {
    await fence(tx, request)
    const isOpen = and(eq(changes.runId, request.run_id), ne(changes.outcome, 'done'))
    if (request.page === 0) await tx.delete(changes).where(isOpen)
    await tx.execute(sql`
      insert into inventory.change (run_id, netbox, key, kind, action, netbox_id, label, origin, before, after, why, evidence, outcome, detail, guard)
      select ${request.run_id}, ${request.netbox}, r.key, r.kind, r.action, r.netbox_id, r.label, r.origin, r.before, r.after, r.why, r.evidence, r.outcome, r.detail, r.guard
      from rows from (jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as (key text, kind text, action text, netbox_id integer, label text, origin text,
        before jsonb, after jsonb, why jsonb, evidence jsonb, outcome text, detail text, guard text)) with ordinality
        as r(key, kind, action, netbox_id, label, origin, before, after, why, evidence, outcome, detail, guard, ord)
      order by r.ord
      on conflict (run_id, key) do nothing`)
  })
  return { stored: rows.length }
}

/** The planned Changes of a Run in their order. */
export async function readPlanPage(
  database: Database,
  query: { run_id: string; after?: number; limit?: number }
) {
  const limit = query.limit ?? 500
  const where = and(
    eq(changes.runId, query.run_id),
    eq(changes.outcome, 'planned'),
    gt(changes.id, query.after ?? 0)
  )
  const rows = await database.orm
    .select()
    .from(changes)
    .where(where)
    .orderBy(asc(changes.id))
    .limit(limit)
  const results = rows.map((row) => ({
    position: row.id,
    change: {
      key: row.key,
      kind: row.kind,
      action: row.action,
      netbox_id: row.netboxId,
      before: row.before,
      after: row.after,
      why: row.why,
      label: row.label,
      origin: row.origin,
      evidence: row.evidence
    }
  }))
  return { results, next: rows.length === limit ? (rows.at(-1)?.id ?? null) : null }
}
