import { and, asc, count, type Database, desc, ilike, inArray, or } from '@proxbox/database'
import type { proxmoxEndpoints } from '../db/schema.ts'
import { idsOf, type ListQuery, orderingOf, pageOf } from './list-page.ts'

/** Pure: text that a LIKE pattern takes as it stands. */
const literal = (text: string): string => text.replace(/[\\%_]/g, '\\$&')

/** One page of a table of Endpoints; of its columns only those are used that all three tables have. */
export async function listRows(
  orm: Database['orm'],
  table: typeof proxmoxEndpoints,
  query: ListQuery
): Promise<{ count: number; results: object[] }> {
  const ids = idsOf(query)
  const pattern = `%${literal(query.q ?? '')}%`
  const where = and(
    ids === undefined ? undefined : inArray(table.id, [...ids]),
    query.q === undefined ? undefined : or(ilike(table.name, pattern), ilike(table.domain, pattern))
  )
  const columns = {
    id: table.id,
    name: table.name,
    created: table.created,
    last_updated: table.lastUpdated,
    enabled: table.enabled
  }
  const { field, descending } = orderingOf(query, Object.keys(columns))
  const column = columns[field as keyof typeof columns] // orderingOf lets only these through
  const { limit, offset } = pageOf(query)
  const [total] = await orm.select({ value: count() }).from(table).where(where)
  const results = await orm
    .select()
    .from(table)
    .where(where)
    .orderBy(descending ? desc(column) : asc(column), asc(table.id))
    .limit(limit)
    .offset(offset)
  return { count: total?.value ?? 0, results }
}
