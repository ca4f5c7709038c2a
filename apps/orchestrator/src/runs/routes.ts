import type { Bus } from '@proxbox/bus'
import { apiPrefix, type SyncRequest, syncOperation, syncTypes } from '@proxbox/contracts'
import type { Database } from '@proxbox/database'
import { type HandledRequest, type Handler, handler } from '@proxbox/service-kit'
import { v7 } from 'uuid'
import type { RunRow } from '../db/schema.ts'
import { type Claim, renewLease } from '../leases/renew-lease.ts'
import { enqueueRuns, newRun } from '../sync/enqueue.ts'
import { mergeRequest } from '../sync/merge-request.ts'
import { resolveTargets } from '../sync/resolve-endpoints.ts'
import { approveRun, cancelRun, rerunRun } from './actions.ts'
import { listReply, type RunListQuery } from './list-page.ts'
import { listRuns, readRun, readWaiting } from './read-runs.ts'
import { runReply } from './run-reply.ts'

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
type Requested = HandledRequest<unknown, unknown, unknown>

/** Every operation on Runs. */
export function runHandlers(parts: RouteParts): Record<string, Handler> {
  const { database } = parts
  const replies = async (request: Requested, rows: readonly RunRow[]) => {
    const waiting = await database.transaction((orm) => readWaiting({ orm }, rows))
    return rows.map((row) => runReply(row, request.baseUrl, waiting.get(row.id)))
  }
  const reply = async (request: Requested, row: RunRow) => (await replies(request, [row]))[0]
  const sync = handler<unknown, SyncRequest, SyncRequest | null>(async (request) => {
    const runs = await replies(request, await enqueue(parts, request))
    return runs.length === 1 ? runs[0] : runs
  })
  const action = (act: (id: string, user: string) => Promise<RunRow>) =>
    handler<ById>(async (request) => {
      const row = await act(request.params.id, request.principal.user)
      parts.wake()
      return await reply(request, row)
    })
  const cancel = action((id) => cancelRun(parts, id))
  const rerun = action((id, user) => rerunRun(parts, id, user))
  return {
    ...Object.fromEntries(
      [...syncTypes, 'full-update' as const].map((type) => [syncOperation(type), sync])
    ),
    listRuns: handler<unknown, RunListQuery>(async (request) => {
      const { count, rows } = await database.transaction((orm) => listRuns({ orm }, request.query))
      const results = await replies(request, rows)
      return listReply(request, `${apiPrefix}/runs/`, { count, results })
    }),
    readRun: handler<ById>(async (request) =>
      reply(request, await database.transaction((orm) => readRun({ orm }, request.params.id)))
    ),
    cancelRun: cancel,
    cancelJob: cancel,
    rerunRun: rerun,
    runJob: rerun,
    approveRun: action((id, user) => approveRun(parts, id, user)),
    renewLease: handler<unknown, unknown, Claim>(({ body }) => renewLease(database, body))
  }
}

async function enqueue(
  parts: RouteParts,
  request: HandledRequest<unknown, SyncRequest, SyncRequest | null>
): Promise<readonly RunRow[]> {
  const wanted = mergeRequest(request.operationId, request.query, request.body)
  const targets = await resolveTargets(parts.bus, wanted, request.signal)
  const facts = {
    user: request.principal.user,
    group: v7(),
    leaseMarginMs: parts.leaseMarginMs
  }
  const wantedRuns = targets.map((target) => newRun(wanted, target, facts))
  const rows = await enqueueRuns(parts.database, wantedRuns, wanted.isQueueing)
  parts.wake()
  return rows
}
