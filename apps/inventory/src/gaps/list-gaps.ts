import { apiPrefix } from '@proxbox/contracts'
import { and, type Database, eq, hasText, isAmong, readPage, sql } from '@proxbox/database'
import {
  type HandledRequest,
  idsOf,
  listReply,
  orderingOf,
  type PageQuery,
  pageOf,
  textsOf
} from '@proxbox/service-kit'
import { gaps } from '../db/schema.ts'

export interface GapsQuery extends PageQuery {
  readonly cluster?: string | readonly string[]
  readonly facet?: string | readonly string[]
  readonly open?: boolean
  readonly acknowledged?: boolean
}

const path = `${apiPrefix}/gaps/`

/** The public list of what could not be read, open or closed. */
export async function listGaps(database: Database, request: HandledRequest<unknown, GapsQuery>) {
  const { query, baseUrl } = request
  const where = whereOf(query)
  const ordering = orderingOf(query, {
    id: gaps.id,
    cluster: gaps.cluster,
    scope: gaps.scope,
    facet: gaps.facet,
    created: gaps.created,
    last_updated: gaps.lastUpdated
  })
  const all = database.orm.select().from(gaps).where(where).$dynamic()
  const page = { ...ordering, tie: gaps.id, ...pageOf(query) }
  const { count, rows } = await readPage(database.orm, all, page)
  const results = rows.map((row) => gapWire(row, baseUrl))
  return listReply(request, path, { count, results })
}

const isAcknowledged = sql`coalesce(${gaps.acknowledgedUntil} > now(), false)`

function whereOf(query: GapsQuery) {
  const { q, open, acknowledged } = query
  return and(
    isAmong(gaps.id, idsOf(query)),
    isAmong(gaps.cluster, textsOf(query.cluster)),
    isAmong(gaps.facet, textsOf(query.facet)),
    open === undefined ? undefined : eq(gaps.isOpen, open),
    acknowledged === undefined ? undefined : sql`${isAcknowledged} = ${acknowledged}`,
    hasText(q, gaps.detail, gaps.gapKey)
  )
}

/** Pure: a gap as it travels; what does not belong to its scope is absent. */
export const gapWire = (row: typeof gaps.$inferSelect, baseUrl: string) => ({
  id: row.id,
  url: `${baseUrl}${path}${row.id}/`,
  display: `${row.facet} of ${placeOf(row)}`,
  cluster: row.cluster,
  scope: row.scope,
  ...(row.node === null ? {} : { node: row.node }),
  ...(row.storage === null ? {} : { storage: row.storage }),
  ...(row.vmid === null ? {} : { vmid: row.vmid }),
  facet: row.facet,
  reason: row.reason,
  detail: row.detail,
  ...(row.remedy === null ? {} : { remedy: row.remedy }),
  open: row.isOpen,
  acknowledged_until: row.acknowledgedUntil?.toISOString() ?? null,
  acknowledged_by: row.acknowledgedBy,
  run_id: row.runId,
  created: row.created.toISOString(),
  last_updated: row.lastUpdated.toISOString()
})

const placeOf = ({ cluster, scope, node, storage, vmid }: typeof gaps.$inferSelect): string =>
  [scope, vmid, storage, node === null ? null : `on ${node}`, `in ${cluster}`]
    .filter((part) => part !== null)
    .join(' ')
