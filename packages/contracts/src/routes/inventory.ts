import Type from 'typebox'
import { Adoption, Change, HeldChange, Outcome, Quarantined } from '../changes.ts'
import { FieldsSchema } from '../items.ts'
import { Intent, LedgerRow } from '../ledger.ts'
import { apiPrefix, ListQuery, listOf, type Route, RunParams } from './route.ts'

const internal = {
  service: 'inventory',
  visibility: 'internal',
  callers: ['collector'],
  permission: null,
  tag: 'internal',
  status: 200,
  timeoutMs: 20_000
} as const
const inventory = {
  service: 'inventory',
  visibility: 'public',
  callers: ['gateway'],
  tag: 'inventory',
  method: 'GET',
  status: 200,
  timeoutMs: 20_000
} as const

/** Whose facts these are: an older attempt than the newest one seen is refused with 409 ATTEMPT_STALE. */
const writer = {
  netbox: Type.String(),
  run_id: Type.String(),
  attempt: Type.Integer({ minimum: 1 })
}
const stored = Type.Object({ stored: Type.Integer() })
const after = Type.Optional(
  Type.String({ maxLength: 400, description: 'key after which to go on' })
)

export const InventoryItem = Type.Object({
  id: Type.Integer(),
  url: Type.String(),
  display: Type.String(),
  key: Type.String(),
  kind: Type.String(),
  label: Type.String(),
  netbox: Type.String(),
  netbox_id: Type.Union([Type.Integer(), Type.Null()]),
  origin: Type.String(),
  fields: FieldsSchema,
  evidence: Type.Record(Type.String(), Type.String()),
  /** Since when it is missing from a whole list of Proxmox; null = it is there. */
  missing_since: Type.Union([Type.String(), Type.Null()]),
  /** Set when NetBox refused it and it is not sent again yet; such an Item may have no NetBox id. */
  quarantine: Type.Union([Quarantined, Type.Null()]),
  run_id: Type.String(),
  last_updated: Type.String()
})

export const RunChange = Type.Object({
  id: Type.Integer(),
  run_id: Type.String(),
  ...Change.properties,
  /** planned, held, done, refused, moved, skipped */
  outcome: Type.String(),
  detail: Type.String(),
  guard: Type.Union([Type.String(), Type.Null()]),
  at: Type.String()
})

export const inventoryRoutes: readonly Route[] = [
  {
    ...internal,
    operationId: 'readLedger',
    method: 'GET',
    path: '/internal/ledger/',
    summary: 'Ledger rows of one NetBox in key order',
    query: Type.Object({
      netbox: Type.String(),
      after,
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 20_000 }))
    }),
    reply: Type.Object({
      results: Type.Array(LedgerRow),
      next: Type.Union([Type.String(), Type.Null()])
    })
  },
  {
    ...internal,
    operationId: 'readIntents',
    method: 'GET',
    path: '/internal/intents/',
    summary: 'Announced writes of one NetBox without a recorded outcome',
    query: Type.Object({
      netbox: Type.String(),
      after,
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 5000 }))
    }),
    reply: Type.Object({
      results: Type.Array(Intent),
      next: Type.Union([Type.String(), Type.Null()])
    })
  },
  {
    ...internal,
    operationId: 'recordIntents',
    method: 'POST',
    path: '/internal/intents/',
    summary: 'Announce writes before they are sent',
    body: Type.Object({ ...writer, intents: Type.Array(Intent, { maxItems: 500 }) }),
    reply: stored
  },
  {
    ...internal,
    operationId: 'recordOutcomes',
    method: 'POST',
    path: '/internal/outcomes/',
    summary:
      'What became of announced writes: Ledger, Changes, Items and the change feed follow in one transaction',
    body: Type.Object({ ...writer, outcomes: Type.Array(Outcome, { maxItems: 500 }) }),
    reply: stored
  },
  {
    ...internal,
    operationId: 'recordAdoptions',
    method: 'POST',
    path: '/internal/adoptions/',
    summary: 'Objects found in NetBox that the Ledger records without a write',
    body: Type.Object({ ...writer, adoptions: Type.Array(Adoption, { maxItems: 500 }) }),
    reply: stored
  },
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
    query: Type.Object({
      run_id: Type.String(),
      after: Type.Optional(Type.Integer({ minimum: 0 })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 }))
    }),
    reply: Type.Object({
      results: Type.Array(Type.Object({ position: Type.Integer(), change: Change })),
      next: Type.Union([Type.Integer(), Type.Null()])
    })
  },
  {
    ...internal,
    operationId: 'recordItems',
    method: 'POST',
    path: '/internal/items/',
    summary: 'Items whose target is the inventory itself (storages); counts say what differed',
    body: Type.Object({
      ...writer,
      items: Type.Array(
        Type.Object({
          key: Type.String(),
          kind: Type.String(),
          label: Type.String(),
          fields: FieldsSchema
        }),
        { maxItems: 500 }
      )
    }),
    reply: Type.Object({
      created: Type.Integer(),
      updated: Type.Integer(),
      unchanged: Type.Integer()
    })
  },
  {
    ...inventory,
    operationId: 'listItems',
    path: `${apiPrefix}/items/`,
    permission: 'netbox_proxbox.view_item',
    summary: 'List Items',
    query: Type.Object(
      {
        ...ListQuery.properties,
        key: Type.Optional(Type.Union([Type.Array(Type.String()), Type.String()])),
        kind: Type.Optional(Type.Union([Type.Array(Type.String()), Type.String()])),
        netbox: Type.Optional(Type.String()),
        /** Only those that NetBox has refused, or only the others. */
        quarantined: Type.Optional(Type.Boolean())
      },
      { additionalProperties: false }
    ),
    reply: listOf(InventoryItem)
  },
  {
    ...inventory,
    operationId: 'listRunChanges',
    path: `${apiPrefix}/runs/:id/changes/`,
    permission: 'netbox_proxbox.view_run',
    summary: 'The Changes of a Run: before, after, why and what became of each',
    params: RunParams,
    query: Type.Object(
      {
        ...ListQuery.properties,
        kind: Type.Optional(Type.String()),
        action: Type.Optional(Type.String()),
        outcome: Type.Optional(Type.String()),
        /** Changes of which any field has this reason: `drift` = what somebody else had changed in NetBox. */
        reason: Type.Optional(Type.String({ maxLength: 100 }))
      },
      { additionalProperties: false }
    ),
    reply: listOf(RunChange)
  }
]
