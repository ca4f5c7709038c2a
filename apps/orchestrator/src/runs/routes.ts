import type { Bus } from '@proxbox/bus'
import { apiPrefix, type SyncRequest, syncOperation, syncTypes } from '@proxbox/contracts'
import type { Database } from '@proxbox/database'
import {
  type HandledRequest,
  type Handler,
  handler,
  listReply,
  textsOf
} from '@proxbox/service-kit'
import { v7 } from 'uuid'
import type { RunRow } from '../db/schema.ts'
import { type Claim, renewLease } from '../leases/renew-lease.ts'
import { readKept, readKeptRuns } from '../retention/kept-runs.ts'
import { enqueueRuns, newRun } from '../sync/enqueue.ts'
import { mergeRequest } from '../sync/merge-request.ts'
import { resolveTargets } from '../sync/resolve-endpoints.ts'
import { approveRun, cancelRun, rerunRun, undoRun, type Wanted } from './actions.ts'
import { listRuns, type RunListQuery, readRun, readWaiting } from './read-runs.ts'
import { namedBy, runReply } from './run-reply.ts'

export interface RouteParts {
  readonly database: Database
  readonly bus: Pick<Bus, 'ask'>
  readonly leaseMarginMs: number
  /** There is something new in queue and outbox. */
  readonly wake: () => void
}

interface ById {
  readonly id: string
}
const wantedBy = ({ params, principal }: HandledRequest<ById>): Wanted => ({
  id: params.id,
  principal
})
type Requested = HandledRequest<unknown, unknown, unknown>

/** Every operation on Runs. */
export function runHandlers(parts: RouteParts): Record<string, Handler> {
  const { database } = parts
  const replies = async (request: Requested, rows: readonly RunRow[]) => {
    const { waiting, kept } = await database.transaction(async (orm) => ({
      waiting: await readWaiting({ orm }, rows),
      kept: await readKept({ orm }, rows.flatMap(namedBy))
    }))
    return rows.map((row) => runReply(row, request.baseUrl, { waiting: waiting.get(row.id), kept }))
  }
  const reply = async (request: Requested, row: RunRow) => (await replies(request, [row]))[0]
  const sync = handler<unknown, SyncRequest, SyncRequest | null>(async (request) => {
    const runs = await replies(request, await enqueue(parts, request))
    return runs.length === 1 ? runs[0] : runs
  })
  const action = <Body>(act: (wanted: Wanted, body: Body) => Promise<RunRow>) =>
    handler<ById, unknown, Body>(async (request) => {
      const row = await act(wantedBy(request), request.body)
      parts.wake()
      return await reply(request, row)
    })
  const cancel = action((wanted) => cancelRun(parts, wanted))
  const rerun = action((wanted) => rerunRun(parts, wanted))
  return {
    ...Object.fromEntries(
      [...syncTypes, 'full-update' as const].map((type) => [syncOperation(type), sync])
    ),
    listRuns: handler<unknown, RunListQuery>(async (request) => {
      const { count, rows } = await database.transaction((orm) =>
        listRuns({ orm }, request.query, request.principal)
      )
      const results = await replies(request, rows)
      return listReply(request, `${apiPrefix}/runs/`, { count, results })
    }),
    readRun: handler<ById>(async (request) =>
      reply(request, await database.transaction((orm) => readRun({ orm }, wantedBy(request))))
    ),
    cancelRun: cancel,
    cancelJob: cancel,
    rerunRun: rerun,
    runJob: rerun,
    approveRun: action((wanted) => approveRun(parts, wanted)),
    undoRun: action<{ plan?: boolean } | null>((wanted, body) =>
      undoRun(parts, { ...wanted, isPlanOnly: body?.plan === true })
    ),
    renewLease: handler<unknown, unknown, Claim>(({ body }) => renewLease(database, body)),
    readKeptRuns: handler<unknown, { run_id: string | readonly string[] }>(({ query }) =>
      readKeptRuns(database, textsOf(query.run_id) ?? [])
    )
  }
}

async function enqueue(
  parts: RouteParts,
  request: HandledRequest<unknown, SyncRequest, SyncRequest | null>
): Promise<readonly RunRow[]> {
  const wanted = mergeRequest(request.operationId, request.query, request.body)
  const found = await resolveTargets(
    parts.bus,
    { wanted, principal: request.principal },
    request.signal
  )
  const facts = {
    user: request.principal.user,
    group: v7(),
    leaseMarginMs: parts.leaseMarginMs
  }
  const { targets, proxmoxEndpointIds } = found
  const wantedRuns = targets.map((target) =>
    newRun({ ...wanted, proxmoxEndpointIds }, target, facts)
  )
  const rows = await enqueueRuns(parts.database, wantedRuns, wanted.isQueueing)
  parts.wake()
  return rows
}
