import { apiPrefix, ProxboxError } from '@proxbox/contracts'
import { and, type Database, eq, hasText, isAmong, readPage } from '@proxbox/database'
import {
  type HandledRequest,
  idsOf,
  listReply,
  orderingOf,
  type PageQuery,
  pageOf,
  textsOf
} from '@proxbox/service-kit'
import { conflicts } from '../db/schema.ts'

export type ConflictRow = typeof conflicts.$inferSelect

export interface ConflictsQuery extends PageQuery {
  readonly state?: string | readonly string[]
  readonly code?: ConflictRow['code']
  readonly kind?: string | readonly string[]
  readonly key?: string | readonly string[]
  readonly netbox?: string
}

const path = `${apiPrefix}/conflicts/`

/** The public list of conflicts, whatever their state. */
export async function listConflicts(
  database: Database,
  request: HandledRequest<unknown, ConflictsQuery>
) {
  const { query, baseUrl } = request
  const where = whereOf(query)
  const ordering = orderingOf(query, {
    id: conflicts.id,
    key: conflicts.key,
    kind: conflicts.kind,
    label: conflicts.label,
    code: conflicts.code,
    state: conflicts.state,
    created: conflicts.created,
    last_updated: conflicts.lastUpdated
  })
  const all = database.orm.select().from(conflicts).where(where).$dynamic()
  const page = { ...ordering, tie: conflicts.id, ...pageOf(query) }
  const { count, rows } = await readPage(database.orm, all, page)
  const results = rows.map((row) => conflictWire(row, baseUrl))
  return listReply(request, path, { count, results })
}

function whereOf(query: ConflictsQuery) {
  const states = textsOf(query.state) as ConflictRow['state'][] | undefined // another text finds none
  const { q } = query
  return and(
    isAmong(conflicts.id, idsOf(query)),
    isAmong(conflicts.state, states),
    query.code === undefined ? undefined : eq(conflicts.code, query.code),
    isAmong(conflicts.kind, textsOf(query.kind)),
    isAmong(conflicts.key, query.key === undefined ? undefined : [query.key].flat()),
    query.netbox === undefined ? undefined : eq(conflicts.netbox, query.netbox),
    hasText(q, conflicts.label, conflicts.key)
  )
}

/** @throws ProxboxError NOT_FOUND */
export async function findConflict(database: Database, id: number): Promise<ConflictRow> {
  const [row] = await database.orm.select().from(conflicts).where(eq(conflicts.id, id))
  if (row === undefined) throw new ProxboxError('NOT_FOUND', { what: 'conflict', id: `id ${id}` })
  return row
}

/** Pure: a conflict as it travels. */
export const conflictWire = (row: ConflictRow, baseUrl: string) => ({
  id: row.id,
  url: `${baseUrl}${path}${row.id}/`,
  display: `${row.label}${row.field === '' ? '' : ` ${row.field}`}: ${row.code}`,
  key: row.key,
  kind: row.kind,
  label: row.label,
  field: row.field === '' ? null : row.field,
  code: row.code,
  detail: row.detail,
  netbox_id: row.netboxId,
  proxmox: row.proxmoxValue,
  netbox: row.netboxValue,
  decisions: row.decisions,
  netbox_identity: row.netbox,
  state: row.state,
  decision: row.decision,
  rule: row.rule,
  run_id: row.runId,
  created: row.created.toISOString(),
  last_updated: row.lastUpdated.toISOString()
})
