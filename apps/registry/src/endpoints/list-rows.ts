import { and, type Database, hasText, isAmong, readPage } from '@proxbox/database'
import { idsOf, orderingOf, type PageQuery, pageOf } from '@proxbox/service-kit'
import type { proxmoxEndpoints } from '../db/schema.ts'

/** One page of a table of Endpoints; of its columns only those are used that all three tables have. */
export async function listRows(
  orm: Database['orm'],
  table: typeof proxmoxEndpoints,
  query: PageQuery
): Promise<{ count: number; rows: object[] }> {
  const where = and(isAmong(table.id, idsOf(query)), hasText(query.q, table.name, table.domain))
  const columns = {
    id: table.id,
    name: table.name,
    created: table.created,
    last_updated: table.lastUpdated,
    enabled: table.enabled
  }
  const ordering = orderingOf<(typeof columns)[keyof typeof columns]>(query, columns)
  const all = orm.select().from(table).where(where).$dynamic()
  return await readPage(orm, all, { ...ordering, tie: table.id, ...pageOf(query) })
}
