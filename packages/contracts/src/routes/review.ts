import Type from 'typebox'
import {
  Change,
  Conflict,
  conflictCodes,
  Kept,
  NamedConflict,
  Quarantined,
  Why
} from '../changes.ts'
import { Gap } from '../estate.ts'
import { FieldValueSchema } from '../items.ts'
import { apiPrefix, IdParams, ListQuery, listOf, type Route, RunParams } from './route.ts'

/** What a person reviews: Plans, conflicts, gaps, quarantined Items, and why an Item is as it is. */
const internal = {
  service: 'inventory',
  visibility: 'internal',
  callers: ['collector'],
  permission: null,
  tag: 'internal',
  status: 200,
  timeoutMs: 20_000
} as const
const shown = {
  service: 'inventory',
  visibility: 'public',
  callers: ['gateway'],
  tag: 'inventory',
  method: 'GET',
  status: 200,
  timeoutMs: 20_000
} as const
const decided = { ...shown, method: 'POST', timeoutMs: 10_000 } as const
const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()])
const writer = {
  netbox: Type.String(),
  run_id: Type.String(),
  attempt: Type.Integer({ minimum: 1 })
}
const texts = Type.Optional(Type.Union([Type.Array(Type.String()), Type.String()]))
const listQuery = (more: Parameters<typeof Type.Object>[0]) =>
  Type.Object({ ...ListQuery.properties, ...more }, { additionalProperties: false })

export const StoredConflict = Type.Object({
  id: Type.Integer(),
  url: Type.String(),
  display: Type.String(),
  ...Conflict.properties,
  /** Identity of the NetBox. */
  netbox_identity: Type.String(),
  /** `open`; `decided` when a Rule answers it; `gone` when the sides agree again. */
  state: Type.Enum(['open', 'decided', 'gone']),
  decision: nullable(Type.String()),
  rule: nullable(Type.Integer()),
  run_id: Type.String(),
  created: Type.String(),
  last_updated: Type.String()
})

export const StoredGap = Type.Object({
  id: Type.Integer(),
  url: Type.String(),
  display: Type.String(),
  ...Gap.properties,
  /** Whether the last Run that looked there still had it. */
  open: Type.Boolean(),
  acknowledged_until: nullable(Type.String()),
  acknowledged_by: Type.String(),
  run_id: Type.String(),
  created: Type.String(),
  last_updated: Type.String()
})

/** Why one field of an Item is as it is. */
export const Explanation = Type.Object({
  field: Type.String(),
  /** What we wrote last; absent when the field was never ours. */
  value: Type.Optional(FieldValueSchema),
  /** The latest Change of this field: what, when, by which Run and why. */
  written: nullable(Type.Object({ ...Why.properties, run_id: Type.String(), at: Type.String() })),
  /** Set when NetBox was left as it is. */
  kept: nullable(Kept),
  /** Set when the latest Run held it back, with the Guard and its words. */
  held: nullable(
    Type.Object({ guard: Type.String(), reason: Type.String(), run_id: Type.String() })
  ),
  source: nullable(Type.String()),
  /** One sentence. */
  text: Type.String()
})

export const ItemExplanation = Type.Object({
  key: Type.String(),
  kind: Type.String(),
  label: Type.String(),
  netbox: Type.String(),
  netbox_id: nullable(Type.Integer()),
  origin: Type.String(),
  /** How it was recognised at first contact. */
  evidence: Type.Record(Type.String(), Type.String()),
  missing_since: nullable(Type.String()),
  quarantine: nullable(Quarantined),
  conflicts: Type.Array(Type.Integer()),
  fields: Type.Array(Explanation)
})

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

export const reviewRoutes: readonly Route[] = [
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
      last: Type.Boolean()
    }),
    reply: Type.Object({ opened: Type.Integer() })
  },
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
    ...internal,
    operationId: 'readQuarantine',
    method: 'GET',
    path: '/internal/quarantine/',
    summary: 'What one NetBox has refused, and until when it is not sent again',
    query: Type.Object({
      netbox: Type.String(),
      after: Type.Optional(Type.String({ maxLength: 400 })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 5000 }))
    }),
    reply: Type.Object({ results: Type.Array(Quarantined), next: nullable(Type.String()) })
  },
  {
    ...internal,
    operationId: 'recordUnwanted',
    method: 'POST',
    path: '/internal/unwanted/',
    summary:
      'Keys that a Run which has compared everything wants no more: refused creates of them leave quarantine',
    body: Type.Object({
      ...writer,
      keys: Type.Array(Type.String({ maxLength: 400 }), { maxItems: 500 })
    }),
    reply: Type.Object({ released: Type.Integer() })
  },
  {
    ...internal,
    operationId: 'readAppliedPage',
    method: 'GET',
    path: '/internal/applied/',
    summary: 'The Changes that a Run has written, with their before-images, in their order',
    query: Type.Object({
      run_id: Type.String(),
      after: Type.Optional(Type.Integer({ minimum: 0 })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 }))
    }),
    reply: Type.Object({
      results: Type.Array(Type.Object({ position: Type.Integer(), change: Change })),
      next: nullable(Type.Integer())
    })
  },
  {
    ...shown,
    operationId: 'readRunPlan',
    path: `${apiPrefix}/runs/:id/plan/`,
    permission: 'netbox_proxbox.view_run',
    summary: 'The Plan of a Run, page by page: per object and field before, after and why',
    params: RunParams,
    query: Type.Object(
      {
        after: Type.Optional(Type.Integer({ minimum: 0 })),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
        /** `md`: the same page as Markdown, in `text`. */
        format: Type.Optional(Type.Enum(['json', 'md']))
      },
      { additionalProperties: false }
    ),
    reply: Type.Union([
      PlanPage,
      Type.Object({ text: Type.String(), next: nullable(Type.Integer()) })
    ])
  },
  {
    ...shown,
    operationId: 'readItem',
    path: `${apiPrefix}/items/:id/`,
    permission: 'netbox_proxbox.view_item',
    summary: 'Read an Item',
    params: IdParams,
    reply: Type.Unknown()
  },
  {
    ...shown,
    operationId: 'explainItem',
    path: `${apiPrefix}/items/:id/explain/`,
    permission: 'netbox_proxbox.view_item',
    summary:
      'Why an Item, or one field of it, is as it is: value, source, policy, Run, and why not',
    params: IdParams,
    query: Type.Object(
      { field: Type.Optional(Type.String({ maxLength: 100 })) },
      { additionalProperties: false }
    ),
    reply: ItemExplanation
  },
  {
    ...decided,
    operationId: 'releaseItem',
    path: `${apiPrefix}/items/:id/release/`,
    permission: 'netbox_proxbox.change_item',
    summary: 'Release an Item from quarantine: the next Run sends it again',
    params: IdParams,
    reply: Type.Unknown()
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
