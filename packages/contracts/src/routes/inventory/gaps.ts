import Type from 'typebox'
import { Gap } from '../../estate.ts'
import { nullable } from '../../nullable.ts'
import { apiPrefix, IdParams, listOf, listQuery, type Route, texts } from '../route.ts'
import { decided, internal, shown, writer } from './callers.ts'

export const StoredGap = Type.Object({
  id: Type.Integer(),
  url: Type.String(),
  display: Type.String(),
  ...Gap.properties,
  /** Whether the last Run that looked there still had it, and what it is about is still in use. */
  open: Type.Boolean(),
  acknowledged_until: nullable(Type.String()),
  acknowledged_by: Type.String(),
  run_id: Type.String(),
  created: Type.String(),
  last_updated: Type.String()
})

export const gapRoutes: readonly Route[] = [
  {
    ...internal,
    operationId: 'recordGaps',
    method: 'POST',
    path: '/internal/gaps/',
    summary: 'Gaps of a Run; those of these clusters that are not named any more are closed',
    body: Type.Object({
      ...writer,
      clusters: Type.Array(Type.String()),
      gaps: Type.Array(Gap, { maxItems: 500 }),
      last: Type.Boolean()
    }),
    /** `gapKey` of those that a person has acknowledged for now: they do not degrade the Run. */
    reply: Type.Object({ acknowledged: Type.Array(Type.String()) })
  },
  {
    ...shown,
    operationId: 'listGaps',
    path: `${apiPrefix}/gaps/`,
    permission: 'netbox_proxbox.view_gap',
    summary: 'List gaps: what could not be read',
    query: listQuery({
      cluster: texts,
      facet: texts,
      open: Type.Optional(Type.Boolean()),
      acknowledged: Type.Optional(Type.Boolean())
    }),
    reply: listOf(StoredGap)
  },
  {
    ...decided,
    operationId: 'acknowledgeGap',
    path: `${apiPrefix}/gaps/:id/acknowledge/`,
    permission: 'netbox_proxbox.change_gap',
    summary: 'Acknowledge a gap until a date: it stays listed and no longer degrades a Run',
    params: IdParams,
    body: Type.Object(
      {
        until: nullable(
          Type.String({ maxLength: 40, description: 'a date or a moment to come, ISO 8601' })
        )
      },
      { additionalProperties: false }
    ),
    reply: StoredGap
  }
]
