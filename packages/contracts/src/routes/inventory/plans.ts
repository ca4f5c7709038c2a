import Type from 'typebox'
import { Change, HeldChange } from '../../changes.ts'
import { nullable } from '../../nullable.ts'
import { apiPrefix, type Route, RunParams } from '../route.ts'
import { internal, shown, stored, writer } from './callers.ts'

export const PlanPage = Type.Object({
  run_id: Type.String(),
  /** Over all Changes that would be written, in their order: SHA-256 of the SHA-256 (hex) of each `changeText`. */
  sha256: Type.String(),
  count: Type.Integer(),
  held: Type.Integer(),
  /** Position to go on after; null = the end. */
  next: nullable(Type.Integer()),
  results: Type.Array(
    Type.Object({
      position: Type.Integer(),
      change: Change,
      outcome: Type.String(),
      guard: nullable(Type.String()),
      detail: Type.String()
    })
  )
})

/** With `format=md`, over the bus: a page as Markdown. The gateway joins them to one file. */
export const PlanMarkdownPage = Type.Object({
  ...Type.Omit(PlanPage, ['results']).properties,
  text: Type.String()
})

/** Changes of a Run in their order, a page at a time. */
const inOrder = {
  query: Type.Object({
    run_id: Type.String(),
    after: Type.Optional(Type.Integer({ minimum: 0 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 }))
  }),
  reply: Type.Object({
    results: Type.Array(Type.Object({ position: Type.Integer(), change: Change })),
    next: nullable(Type.Integer())
  })
}

export const planRoutes: readonly Route[] = [
  {
    ...internal,
    operationId: 'storePlanPage',
    method: 'POST',
    path: '/internal/plan-pages/',
    summary: 'One page of a Plan; page 0 replaces what was stored for the Run',
    body: Type.Object({
      ...writer,
      page: Type.Integer({ minimum: 0 }),
      changes: Type.Array(Change, { maxItems: 500 }),
      held: Type.Array(HeldChange, { maxItems: 500 })
    }),
    reply: stored
  },
  {
    ...internal,
    operationId: 'readPlanPage',
    method: 'GET',
    path: '/internal/plan-pages/',
    summary:
      'The planned Changes of a Run in their order (held ones only when they await approval)',
    ...inOrder
  },
  {
    ...internal,
    operationId: 'readAppliedPage',
    method: 'GET',
    path: '/internal/applied/',
    summary: 'The Changes that a Run has written, with their before-images, in their order',
    ...inOrder
  },
  {
    ...shown,
    operationId: 'readRunPlan',
    path: `${apiPrefix}/runs/:id/plan/`,
    permission: 'netbox_proxbox.view_run',
    summary:
      'The Plan of a Run: per object and field before, after and why; as JSON page by page, as Markdown (`format=md`) one file, or with `limit` a part of it',
    params: RunParams,
    query: Type.Object(
      {
        after: Type.Optional(Type.Integer({ minimum: 0 })),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
        /** `md`: `text/markdown`, to be stored as a file. */
        format: Type.Optional(Type.Enum(['json', 'md']))
      },
      { additionalProperties: false }
    ),
    reply: PlanPage,
    alsoAs: 'text/markdown'
  }
]
