import { and, asc, type Database, eq, gt, sql } from '@proxbox/database'
import { changeFrom } from '../changes/change-row.ts'
import { changes } from '../db/schema.ts'

interface PageQuery {
  readonly run_id: string
  readonly after?: number
  readonly limit?: number
}

/** The conditions of the partial indexes of a Run's rows. */
export const isApprovable = sql`${changes.approvable}`
export const isWritten = sql`${changes.written} is not null`

/**
 * One page of the rows of a Run in their order. `only` is the condition of a partial index, word for word, so that a
 * page never walks over what it does not show.
 */
export const rowsOfRun = (
  database: Database,
  { run_id, after = 0, limit }: Required<Pick<PageQuery, 'limit'>> & PageQuery,
  only?: ReturnType<typeof sql>
) =>
  database.orm
    .select()
    .from(changes)
    .where(and(eq(changes.runId, run_id), gt(changes.id, after), only))
    .orderBy(asc(changes.id))
    .limit(limit)

/**
 * What a Run has planned and not written, in its order, with what a person may approve of the held. Of one object there
 * may be several parts, each a Change of its own: the reader merges them by key.
 */
export async function readPlanPage(database: Database, query: PageQuery) {
  const limit = query.limit ?? 500
  const rows = await rowsOfRun(database, { ...query, limit }, isApprovable)
  const results = rows.map((row) => ({ position: row.id, change: changeFrom(row) }))
  return { results, next: rows.length === limit ? (rows.at(-1)?.id ?? null) : null }
}

/**
 * What a Run has written, in its order: of each object the fields that NetBox has taken, with their values before. An
 * object of which a later step was refused is among them, with the fields of the steps before.
 */
export async function readAppliedPage(database: Database, query: PageQuery) {
  const limit = query.limit ?? 500
  const rows = await rowsOfRun(database, { ...query, limit }, isWritten)
  const results = rows.map((row) => ({ position: row.id, change: writtenFrom(row) }))
  return { results, next: rows.length === limit ? (rows.at(-1)?.id ?? null) : null }
}

function writtenFrom(row: typeof changes.$inferSelect) {
  const change = changeFrom(row)
  const written = row.written ?? {}
  if (row.action === 'delete') return change
  return { ...change, before: pick(row.before, written), after: pick(row.after, written) }
}

const pick = (fields: Record<string, unknown>, names: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => Object.hasOwn(names, name)))
