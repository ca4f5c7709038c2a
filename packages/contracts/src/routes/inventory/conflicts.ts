import Type from 'typebox'
import { Conflict, conflictCodes, NamedConflict } from '../../changes.ts'
import { nullable } from '../../nullable.ts'
import { apiPrefix, IdParams, listOf, listQuery, type Route, texts } from '../route.ts'
import { decided, internal, shown, writer } from './callers.ts'

export const StoredConflict = Type.Object({
  id: Type.Integer(),
  url: Type.String(),
  display: Type.String(),
  ...Conflict.properties,
  /** Identity of the NetBox. */
  netbox_identity: Type.String(),
  /** `open`; `decided` when a Rule answers it; `gone` when the sides agree again, or what it is about is in use no more. */
  state: Type.Enum(['open', 'decided', 'gone']),
  decision: nullable(Type.String()),
  rule: nullable(Type.Integer()),
  run_id: Type.String(),
  created: Type.String(),
  last_updated: Type.String()
})

export const conflictRoutes: readonly Route[] = [
  {
    ...internal,
    operationId: 'recordConflicts',
    method: 'POST',
    path: '/internal/conflicts/',
    summary:
      'Conflicts of a Run, each stored once; with `last` of a whole Run those not named any more are gone',
    body: Type.Object({
      ...writer,
      conflicts: Type.Array(NamedConflict, { maxItems: 500 }),
      /** The last page of a Run that has compared everything. */
      last: Type.Boolean(),
      /** Keys of clusters that this Run has found to be what they were: nothing is asked about them any more. */
      settled: Type.Optional(Type.Array(Type.String({ maxLength: 100 })))
    }),
    reply: Type.Object({ opened: Type.Integer() })
  },
  {
    ...shown,
    operationId: 'listConflicts',
    path: `${apiPrefix}/conflicts/`,
    permission: 'netbox_proxbox.view_conflict',
    summary: 'List conflicts',
    query: listQuery({
      state: texts,
      code: Type.Optional(Type.Enum([...conflictCodes])),
      kind: texts,
      key: texts,
      netbox: Type.Optional(Type.String())
    }),
    reply: listOf(StoredConflict)
  },
  {
    ...shown,
    operationId: 'readConflict',
    path: `${apiPrefix}/conflicts/:id/`,
    permission: 'netbox_proxbox.view_conflict',
    summary: 'Read a conflict',
    params: IdParams,
    reply: StoredConflict
  },
  {
    ...decided,
    operationId: 'decideConflict',
    path: `${apiPrefix}/conflicts/:id/decide/`,
    permission: 'netbox_proxbox.change_conflict',
    summary: 'Decide a conflict: the decision becomes a Rule that answers it from the next Run on',
    params: IdParams,
    body: Type.Object(
      { decision: Type.String({ minLength: 1, maxLength: 100 }) },
      { additionalProperties: false }
    ),
    reply: StoredConflict
  }
]
