import { and, asc, count, type Database, desc, ilike, inArray, or } from '@proxbox/database'
import { containing, idsOf, orderingOf, type PageQuery, pageOf } from '@proxbox/service-kit'
import type { proxmoxEndpoints } from '../db/schema.ts'

/** One page of a table of Endpoints; of its columns only those are used that all three tables have. */
export async function listRows(
  orm: Database['orm'],
  table: typeof proxmoxEndpoints,
  query: PageQuery
): Promise<{ count: number; results: object[] }> {
  const ids = idsOf(query)
  const pattern = containing(query.q ?? '')
  const where = and(
    ids === undefined ? undefined : inArray(table.id, ids),
    query.q === undefined ? undefined : or(ilike(table.name, pattern), ilike(table.domain, pattern))
  )
  const columns = {
    id: table.id,
    name: table.name,
    created: table.created,
    last_updated: table.lastUpdated,
    enabled: table.enabled
  }
  const { column, isDescending } = orderingOf<(typeof columns)[keyof typeof columns]>(
    query,
    columns
  )
  const { limit, offset } = pageOf(query)
  const [total] = await orm.select({ value: count() }).from(table).where(where)
  const results = await orm
    .select()
    .from(table)
    .where(where)
    .orderBy(isDescending ? desc(column) : asc(column), asc(table.id))
    .limit(limit)
    .offset(offset)
  return { count: total?.value ?? 0, results }
}
