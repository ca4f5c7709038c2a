import { apiPrefix } from '@proxbox/contracts'
import { and, type Database, eq, hasText, isAmong, readPage, sql } from '@proxbox/database'
import {
  type HandledRequest,
  idsOf,
  listReply,
  orderingOf,
  type PageQuery,
  pageOf
} from '@proxbox/service-kit'
import { changes } from '../db/schema.ts'
import { effectOf } from './change-row.ts'

export interface ChangesQuery extends PageQuery {
  readonly kind?: string
  readonly action?: string
  readonly outcome?: string
  readonly reason?: string
}

/** The Changes of one Run: before, after, why, and what became of each. `runId` is the Run's UUID. */
export async function listChanges(
  database: Database,
  runId: string,
  request: HandledRequest<{ id: string }, ChangesQuery>
) {
  const { query, params } = request
  const where = and(
    eq(changes.runId, runId),
    isAmong(changes.id, idsOf(query)),
    query.kind === undefined ? undefined : eq(changes.kind, query.kind),
    query.action === undefined ? undefined : eq(changes.action, query.action),
    query.outcome === undefined ? undefined : eq(changes.outcome, query.outcome),
    query.reason === undefined ? undefined : hasReason(query.reason),
    hasText(query.q, changes.label)
  )
  const ordering = orderingOf(query, {
    id: changes.id,
    key: changes.key,
    kind: changes.kind,
    label: changes.label,
    at: changes.at
  })
  const all = database.orm.select().from(changes).where(where).$dynamic()
  const page = { ...ordering, tie: changes.id, ...pageOf(query) }
  const { count, rows } = await readPage(database.orm, all, page)
  return listReply(request, `${apiPrefix}/runs/${params.id}/changes/`, {
    count,
    results: rows.map(changeWire)
  })
}

/** The reason of any field begins with this text: `drift`, or `drift: …`. */
const hasReason = (reason: string) =>
  sql`exists (select from jsonb_each(${changes.why}) as w where starts_with(w.value ->> 'reason', ${reason}))`

const changeWire = (row: typeof changes.$inferSelect) => ({
  id: row.id,
  run_id: row.runId,
  ...effectOf(row),
  outcome: row.outcome,
  detail: row.detail,
  guard: row.guard,
  at: row.at.toISOString()
})
