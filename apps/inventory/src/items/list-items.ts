import { apiPrefix, ProxboxError } from '@proxbox/contracts'
import {
  and,
  type Database,
  eq,
  hasText,
  isAmong,
  isNotNull,
  isNull,
  readPage,
  sql
} from '@proxbox/database'
import {
  type HandledRequest,
  idsOf,
  listReply,
  orderingOf,
  type PageQuery,
  pageOf
} from '@proxbox/service-kit'
import { items, quarantine } from '../db/schema.ts'
import { isOfCluster } from './is-of-cluster.ts'
import { type ItemRow, itemWire } from './item-wire.ts'

export interface ItemsQuery extends PageQuery {
  readonly key?: string | readonly string[]
  readonly kind?: string | readonly string[]
  readonly cluster?: string | readonly string[]
  readonly netbox?: string
  readonly quarantined?: boolean
}

const isQuarantineOf = and(eq(quarantine.netbox, items.netbox), eq(quarantine.key, items.key))
// A guest that was renamed in NetBox is sought by the name that Proxmox has, too.
const keptName = sql`${items.kept} #>> '{name,wanted}'`
const writtenName = sql`${items.lastWritten} ->> 'name'`
const both = { item: items, quarantine }

/** What is known: the public list of Items. */
export async function listItems(database: Database, request: HandledRequest<unknown, ItemsQuery>) {
  const { query, baseUrl } = request
  const where = whereOf(query)
  const ordering = orderingOf(query, {
    id: items.id,
    key: items.key,
    kind: items.kind,
    label: items.label,
    last_updated: items.lastUpdated
  })
  const all = database.orm
    .select(both)
    .from(items)
    .leftJoin(quarantine, isQuarantineOf)
    .where(where)
    .$dynamic()
  const page = { ...ordering, tie: items.id, ...pageOf(query) }
  const { count, rows } = await readPage(database.orm, all, page)
  const results = rows.map((row) => itemWire(row, baseUrl))
  return listReply(request, `${apiPrefix}/items/`, { count, results })
}

function whereOf(query: ItemsQuery) {
  const { q, quarantined } = query
  return and(
    isAmong(items.id, idsOf(query)),
    isAmong(items.key, query.key === undefined ? undefined : [query.key].flat()),
    isAmong(items.kind, query.kind === undefined ? undefined : [query.kind].flat()),
    query.cluster === undefined ? undefined : isOfCluster([query.cluster].flat()),
    query.netbox === undefined ? undefined : eq(items.netbox, query.netbox),
    quarantined === undefined
      ? undefined
      : quarantined
        ? isNotNull(quarantine.key)
        : isNull(quarantine.key),
    hasText(q, items.label, items.key, keptName, writtenName)
  )
}

/** One Item, with its quarantine. @throws ProxboxError NOT_FOUND */
export async function findItem(database: Database, id: number): Promise<ItemRow> {
  const [row] = await database.orm
    .select(both)
    .from(items)
    .leftJoin(quarantine, isQuarantineOf)
    .where(eq(items.id, id))
  if (row === undefined) throw new ProxboxError('NOT_FOUND', { what: 'Item', id: `id ${id}` })
  return row
}
