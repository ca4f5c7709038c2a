import { isEnded, type Principal, ProxboxError, type RunState, runStates } from '@proxbox/contracts'
import {
  and,
  asc,
  type Database,
  eq,
  gt,
  hasText,
  inArray,
  isAmong,
  readPage,
  sql,
  type Transaction
} from '@proxbox/database'
import {
  FieldErrors,
  idsOf,
  orderingOf,
  type PageQuery,
  pageOf,
  textsOf
} from '@proxbox/service-kit'
import { leases, type RunRow, runs } from '../db/schema.ts'
import { retryReason } from './change-run.ts'
import { approvalReason } from './complete-events.ts'
import { isVisibleTo } from './visible.ts'

/** By integer id or UUID. */
const byId = (id: string) =>
  /^\d+$/.test(id) ? eq(runs.id, Number(id)) : eq(runs.runId, id.toLowerCase())

const notFound = (id: string) =>
  new ProxboxError('NOT_FOUND', {
    what: 'Run',
    id: `id ${id}: it never was, is not yours to see, or ended more than run_retention_days ago`
  })

/** The database, or a transaction in it. */
export interface Readable {
  readonly orm: Pick<Database['orm'], 'select' | '$count'>
}

/** Which Run, for whom. */
interface Sought {
  readonly id: string
  readonly principal: Principal
}

export interface RunListQuery extends PageQuery {
  readonly state?: string | readonly string[]
  readonly group?: string
  readonly netbox_endpoint_id?: number
}

const maxInteger = 2 ** 31 - 1

/** @throws ProxboxError NOT_FOUND, also when the Principal may not see it */
export async function readRun(database: Readable, { id, principal }: Sought): Promise<RunRow> {
  if (!isReadable(id)) throw notFound(id)
  const [row] = await database.orm
    .select()
    .from(runs)
    .where(and(byId(id), isVisibleTo(principal)))
  if (row === undefined) throw notFound(id)
  return row
}

/** The Run, locked until the transaction ends. @throws ProxboxError NOT_FOUND, as above */
export async function lockRun(tx: Transaction, { id, principal }: Sought): Promise<RunRow> {
  if (!isReadable(id)) throw notFound(id)
  const [row] = await tx
    .select()
    .from(runs)
    .where(and(byId(id), isVisibleTo(principal)))
    .for('update')
  if (row === undefined) throw notFound(id)
  return row
}

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Pure: can this be the UUID of a Run? */
export const isRunId = (text: string): boolean => uuidPattern.test(text)

const isReadable = (id: string): boolean =>
  /^\d+$/.test(id) ? Number(id) <= maxInteger : isRunId(id)

export async function listRuns(
  database: Readable,
  query: RunListQuery,
  principal: Principal
): Promise<{ count: number; rows: RunRow[] }> {
  const states = statesOf(query)
  if (query.group !== undefined && !isRunId(query.group))
    throw new FieldErrors({ group: ['Not a UUID.'] })
  const where = and(
    isVisibleTo(principal),
    isAmong(runs.state, states),
    isAmong(runs.id, idsOf(query)),
    query.group === undefined ? undefined : eq(runs.group, query.group),
    query.netbox_endpoint_id === undefined
      ? undefined
      : eq(runs.netboxEndpointId, query.netbox_endpoint_id),
    hasText(query.q, runs.name)
  )
  const columns = {
    id: runs.id,
    name: runs.name,
    state: runs.state,
    created: runs.created,
    started: runs.started,
    ended: runs.ended,
    last_updated: runs.lastUpdated
  }
  const ordering = orderingOf<(typeof columns)[keyof typeof columns]>(query, columns, '-id')
  const all = database.orm.select().from(runs).where(where).$dynamic()
  const page = { ...ordering, tie: runs.id, isTieDescending: true, ...pageOf(query) }
  return await readPage(database.orm, all, page)
}

function statesOf(query: RunListQuery): readonly RunState[] | undefined {
  return textsOf(query.state)?.map((text) => {
    const state = runStates.find((one) => one === text)
    if (state === undefined)
      throw new FieldErrors({ state: [`"${text}" is none of ${runStates.join(', ')}.`] })
    return state
  })
}

/** What a Run that does nothing waits for. */
export interface WaitingFor {
  readonly reason: string
  readonly position?: number
  readonly run?: number
}

/** Who holds the NetBox of each queued Run, and how many wait before it. */
export async function readWaiting(
  database: Readable,
  rows: readonly RunRow[]
): Promise<ReadonlyMap<number, WaitingFor>> {
  const waiting = new Map<number, WaitingFor>()
  for (const row of rows) {
    if (row.state === 'awaiting_approval') waiting.set(row.id, { reason: approvalReason })
  }
  const queued = rows.filter((row) => row.state === 'queued')
  if (queued.length === 0) return waiting
  const netboxes = [...new Set(queued.map((row) => row.netbox))]
  const holders = await database.orm
    .select()
    .from(leases)
    .where(and(inArray(leases.netbox, netboxes), gt(leases.expiresAt, sql`clock_timestamp()`)))
  const line = await database.orm
    .select({ id: runs.id, netbox: runs.netbox })
    .from(runs)
    .where(and(eq(runs.state, 'queued'), inArray(runs.netbox, netboxes)))
    .orderBy(asc(runs.id))
  for (const row of queued) {
    const before = line.filter((one) => one.netbox === row.netbox && one.id < row.id)
    const holder = holders.find((lease) => lease.netbox === row.netbox)?.run ?? before[0]?.id
    const position = before.length + 1
    waiting.set(row.id, {
      reason: reasonFor(row, holder),
      position,
      ...(holder === undefined || holder === row.id ? {} : { run: holder })
    })
  }
  return waiting
}

const reasonFor = (row: RunRow, holder: number | undefined): string =>
  row.lastError !== null
    ? retryReason(row.lastError)
    : holder === undefined
      ? 'orchestrator'
      : 'NetBox busy'

/** A Run that works on this NetBox or waits for it. */
export async function readBusyRun(tx: Transaction, netbox: string): Promise<RunRow | undefined> {
  const rows = await tx
    .select()
    .from(runs)
    .where(and(eq(runs.netbox, netbox), inArray(runs.state, ['running', 'queued'])))
    .orderBy(asc(runs.id))
  return rows.find((row) => row.state === 'running') ?? rows.find((row) => !isEnded(row.state))
}
