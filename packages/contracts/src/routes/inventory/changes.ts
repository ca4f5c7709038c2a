import Type from 'typebox'
import { Change } from '../../changes.ts'
import { nullable } from '../../nullable.ts'
import { apiPrefix, listOf, listQuery, type Route, RunParams } from '../route.ts'
import { shown } from './callers.ts'

export const RunChange = Type.Object({
  id: Type.Integer(),
  run_id: Type.String(),
  ...Change.properties,
  /** planned, held, done, refused, moved, skipped */
  outcome: Type.String(),
  detail: Type.String(),
  guard: nullable(Type.String()),
  at: Type.String()
})

export const changeRoutes: readonly Route[] = [
  {
    ...shown,
    operationId: 'listRunChanges',
    path: `${apiPrefix}/runs/:id/changes/`,
    permission: 'netbox_proxbox.view_run',
    summary: 'The Changes of a Run: before, after, why and what became of each',
    params: RunParams,
    query: listQuery({
      kind: Type.Optional(Type.String()),
      action: Type.Optional(Type.String()),
      outcome: Type.Optional(Type.String()),
      /** Changes of which any field has this reason: `drift` = what somebody else had changed in NetBox. */
      reason: Type.Optional(Type.String({ maxLength: 100 }))
    }),
    reply: listOf(RunChange)
  }
]
