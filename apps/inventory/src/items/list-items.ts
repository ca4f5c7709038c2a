import { apiPrefix } from '@proxbox/contracts'
import { and, asc, count, type Database, desc, eq, ilike, inArray, or } from '@proxbox/database'
import type { HandledRequest } from '@proxbox/service-kit'
import { items } from '../db/schema.ts'
import { containing, envelope, orderOf, type PageQuery, pageOf } from './page.ts'

export interface ItemsQuery extends PageQuery {
  readonly q?: string
  readonly id?: number | readonly number[]
  readonly key?: string | readonly string[]
  readonly kind?: string | readonly string[]
  readonly netbox?: string
}

/** What is known: the public list of Items. */
export async function listItems(
  database: Database,
  { query, baseUrl }: HandledRequest<unknown, ItemsQuery>
) {
  const { q } = query
  const where = and(
    query.id === undefined ? undefined : inArray(items.id, [query.id].flat()),
    query.key === undefined ? undefined : inArray(items.key, [query.key].flat()),
    query.kind === undefined ? undefined : inArray(items.kind, [query.kind].flat()),
    query.netbox === undefined ? undefined : eq(items.netbox, query.netbox),
    q === undefined
      ? undefined
      : or(ilike(items.label, containing(q)), ilike(items.key, containing(q)))
  )
  const { column, descending } = orderOf(query.ordering, {
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
    .orderBy(descending ? desc(column) : asc(column), asc(items.id))
    .limit(limit)
    .offset(offset)
  return envelope({
    url: `${baseUrl}${apiPrefix}/items/`,
    query,
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
