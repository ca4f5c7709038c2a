import { apiPrefix } from '@proxbox/contracts'
import { and, asc, count, type Database, desc, eq, ilike, inArray, or } from '@proxbox/database'
import {
  containing,
  type HandledRequest,
  idsOf,
  listReply,
  orderingOf,
  type PageQuery,
  pageOf
} from '@proxbox/service-kit'
import { items } from '../db/schema.ts'

export interface ItemsQuery extends PageQuery {
  readonly key?: string | readonly string[]
  readonly kind?: string | readonly string[]
  readonly netbox?: string
}

/** What is known: the public list of Items. */
export async function listItems(database: Database, request: HandledRequest<unknown, ItemsQuery>) {
  const { query } = request
  const { q } = query
  const ids = idsOf(query)
  const where = and(
    ids === undefined ? undefined : inArray(items.id, ids),
    query.key === undefined ? undefined : inArray(items.key, [query.key].flat()),
    query.kind === undefined ? undefined : inArray(items.kind, [query.kind].flat()),
    query.netbox === undefined ? undefined : eq(items.netbox, query.netbox),
    q === undefined
      ? undefined
      : or(ilike(items.label, containing(q)), ilike(items.key, containing(q)))
  )
  const { column, isDescending } = orderingOf(query, {
    id: items.id,
    key: items.key,
    kind: items.kind,
    label: items.label,
    last_updated: items.lastUpdated
  })
  const { limit, offset } = pageOf(query)
  const [total] = await database.orm.select({ value: count() }).from(items).where(where)
  const rows = await database.orm
    .select()
    .from(items)
    .where(where)
    .orderBy(isDescending ? desc(column) : asc(column), asc(items.id))
    .limit(limit)
    .offset(offset)
  return listReply(request, `${apiPrefix}/items/`, {
    count: total?.value ?? 0,
    results: rows.map(itemWire)
  })
}

const itemWire = (row: typeof items.$inferSelect) => ({
  id: row.id,
  key: row.key,
  kind: row.kind,
  label: row.label,
  netbox: row.netbox,
  netbox_id: row.netboxId,
  origin: row.origin,
  fields: row.lastWritten,
  run_id: row.runId,
  last_updated: row.lastUpdated.toISOString()
})
