import { apiPrefix } from '@proxbox/contracts'
import { and, asc, count, type Database, desc, eq, ilike, inArray } from '@proxbox/database'
import type { HandledRequest } from '@proxbox/service-kit'
import { changes } from '../db/schema.ts'
import { containing, envelope, orderOf, type PageQuery, pageOf } from '../items/page.ts'

export interface ChangesQuery extends PageQuery {
  readonly q?: string
  readonly id?: number | readonly number[]
  readonly kind?: string
  readonly action?: string
  readonly outcome?: string
}

/** The Changes of one Run: before, after, why, and what became of each. `runId` is the Run's UUID. */
export async function listChanges(
  database: Database,
  runId: string,
  { query, params, baseUrl }: HandledRequest<{ id: string }, ChangesQuery>
) {
  const where = and(
    eq(changes.runId, runId),
    query.id === undefined ? undefined : inArray(changes.id, [query.id].flat()),
    query.kind === undefined ? undefined : eq(changes.kind, query.kind),
    query.action === undefined ? undefined : eq(changes.action, query.action),
    query.outcome === undefined ? undefined : eq(changes.outcome, query.outcome),
    query.q === undefined ? undefined : ilike(changes.label, containing(query.q))
  )
  const { column, descending } = orderOf(query.ordering, {
    id: changes.id,
    key: changes.key,
    kind: changes.kind,
    label: changes.label,
    at: changes.at
  })
  const { limit, offset } = pageOf(query)
  const [total] = await database.orm.select({ value: count() }).from(changes).where(where)
  const rows = await database.orm
    .select()
    .from(changes)
    .where(where)
    .orderBy(descending ? desc(column) : asc(column), asc(changes.id))
    .limit(limit)
    .offset(offset)
  return envelope({
    url: `${baseUrl}${apiPrefix}/runs/${params.id}/changes/`,
    query,
    count: total?.value ?? 0,
    results: rows.map(changeWire)
  })
}

const changeWire = (row: typeof changes.$inferSelect) => ({
  id: row.id,
  run_id: row.runId,
  key: row.key,
  kind: row.kind,
  action: row.action,
  netbox_id: row.netboxId,
  before: row.before,
  after: row.after,
  why: row.why,
  label: row.label,
  origin: row.origin,
  evidence: row.evidence,
  outcome: row.outcome,
  detail: row.detail,
  guard: row.guard,
  at: row.at.toISOString()
})
