import type { Bus } from '@proxbox/bus'
import type { Database } from '@proxbox/database'
import { type Handler, handler } from '@proxbox/service-kit'
import { type ChangesQuery, listChanges } from './changes/list-changes.ts'
import { decideConflict } from './conflicts/decide-conflict.ts'
import {
  type ConflictsQuery,
  conflictWire,
  findConflict,
  listConflicts
} from './conflicts/list-conflicts.ts'
import { explainItem } from './explain/explain-item.ts'
import { acknowledgeGap } from './gaps/acknowledge-gap.ts'
import { type GapsQuery, gapWire, listGaps } from './gaps/list-gaps.ts'
import { itemWire } from './items/item-wire.ts'
import { findItem, type ItemsQuery, listItems } from './items/list-items.ts'
import { type RunPlanQuery, readRunPlan } from './plans/read-run-plan.ts'
import { releaseItem } from './quarantine/release-item.ts'

interface ById {
  readonly id: number
}

export interface ReviewParts {
  readonly database: Database
  readonly bus: Pick<Bus, 'ask'>
  /** Passes a result on and wakes the change feed. */
  readonly told: <T>(result: T) => T
}

/** What a person reads and decides. */
export const reviewHandlers = (parts: ReviewParts): Record<string, Handler> => ({
  ...itemHandlers(parts),
  ...openHandlers(parts)
})

const itemHandlers = ({ database, told }: ReviewParts): Record<string, Handler> => ({
  listItems: handler<unknown, ItemsQuery>((request) => listItems(database, request)),
  readItem: handler<ById>(async ({ params, baseUrl }) =>
    itemWire(await findItem(database, params.id), baseUrl)
  ),
  explainItem: handler<ById, { field?: string }>(({ params, query }) =>
    explainItem(database, { id: params.id, field: query.field })
  ),
  releaseItem: handler<ById>(async ({ params, baseUrl }) =>
    told(itemWire(await releaseItem(database, params.id), baseUrl))
  ),
  listRunChanges: handler<{ id: string }, ChangesQuery>((request) =>
    listChanges(database, request.params.id, request)
  ),
  readRunPlan: handler<{ id: string }, RunPlanQuery>(({ params, query }) =>
    readRunPlan(database, params.id, query)
  )
})

const openHandlers = ({ database, bus, told }: ReviewParts): Record<string, Handler> => ({
  listConflicts: handler<unknown, ConflictsQuery>((request) => listConflicts(database, request)),
  readConflict: handler<ById>(async ({ params, baseUrl }) =>
    conflictWire(await findConflict(database, params.id), baseUrl)
  ),
  decideConflict: handler<ById, unknown, { decision: string }>(
    async ({ params, body, principal, baseUrl, signal }) => {
      const decision = { id: params.id, decision: body.decision, user: principal.user }
      return told(conflictWire(await decideConflict(database, bus, decision, signal), baseUrl))
    }
  ),
  listGaps: handler<unknown, GapsQuery>((request) => listGaps(database, request)),
  acknowledgeGap: handler<ById, unknown, { until: string | null }>(
    async ({ params, body, principal, baseUrl }) => {
      const acknowledgement = { id: params.id, until: body.until, user: principal.user }
      return gapWire(await acknowledgeGap(database, acknowledgement), baseUrl)
    }
  )
})
