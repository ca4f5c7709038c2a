import Type, { type Static } from 'typebox'
import { choiceOf } from './endpoints.ts'
import { Counts, GapFacts, ReportedError } from './events.ts'
import { nullable } from './nullable.ts'
import { syncTypes } from './sync-types.ts'

/** One attempt to bring one NetBox in line. */
export const runStates = [
  'queued',
  'running',
  'awaiting_approval',
  'succeeded',
  'degraded',
  'failed',
  'cancelled'
] as const
export type RunState = (typeof runStates)[number]
export const runModes = ['sync', 'plan', 'apply', 'undo'] as const
export type RunMode = (typeof runModes)[number]
export const runOrigins = ['api', 'door', 'schedule'] as const

/** Options of a Run; absent = the setting. */
export const RunOptions = Type.Object({
  use_guest_agent_interface_name: Type.Optional(Type.Boolean()),
  fetch_max_concurrency: Type.Optional(Type.Integer({ minimum: 1, maximum: 64 })),
  ignore_ipv6_link_local_addresses: Type.Optional(Type.Boolean()),
  delete_nonexistent_backup: Type.Optional(Type.Boolean()),
  delete_nonexistent_snapshot: Type.Optional(Type.Boolean()),
  /** Of an undo: show what it would do, write nothing. */
  plan_only: Type.Optional(Type.Boolean())
})
export type RunOptions = Static<typeof RunOptions>

/** Empty lists = everything enabled. */
export const RunScope = Type.Object({
  proxmox_endpoint_ids: Type.Array(Type.Integer()),
  netbox_vm_ids: Type.Array(Type.Integer())
})
export type RunScope = Static<typeof RunScope>

const idList = Type.Union([
  Type.Array(Type.Integer({ minimum: 1 })),
  Type.String({ pattern: '^\\s*\\d+(\\s*,\\s*\\d+)*\\s*$' }),
  Type.Integer({ minimum: 1 })
])

/**
 * Body (or query) of the sync routes. What it does not know it refuses: with a misspelt scope or mode it would sync,
 * and write, more than was meant.
 */
export const SyncRequest = Type.Object(
  {
    ...RunOptions.properties,
    proxmox_endpoint_ids: Type.Optional(idList),
    netbox_endpoint_ids: Type.Optional(idList),
    fastapi_endpoint_id: Type.Optional(Type.Integer({ minimum: 1 })),
    netbox_vm_ids: Type.Optional(idList),
    sync_types: Type.Optional(Type.Union([Type.Array(Type.Enum([...syncTypes])), Type.String()])),
    mode: Type.Optional(Type.Enum(['sync', 'plan'])),
    timeout: Type.Optional(Type.Integer({ minimum: 10, maximum: 86400, description: 'seconds' })),
    queue: Type.Optional(Type.Boolean()),
    /** Where the request came from; `door` is set by the plugin door. */
    origin: Type.Optional(Type.Enum(['api', 'door'])),
    name: Type.Optional(Type.String({ maxLength: 100 }))
  },
  { additionalProperties: false }
)
export type SyncRequest = Static<typeof SyncRequest>

export const Run = Type.Object({
  id: Type.Integer(),
  run_id: Type.String({ format: 'uuid' }),
  url: Type.String(),
  display_url: Type.String(),
  display: Type.String(),
  name: Type.String(),
  group: Type.String(),
  parent: nullable(Type.Integer()),
  origin: Type.Enum([...runOrigins]),
  sync_types: Type.Array(Type.Enum([...syncTypes])),
  scope: RunScope,
  options: RunOptions,
  mode: choiceOf(runModes),
  state: choiceOf(runStates),
  netbox_endpoint: Type.Object({
    id: Type.Integer(),
    url: Type.String(),
    display: Type.String(),
    name: Type.String()
  }),
  fastapi_endpoint: nullable(Type.Integer()),
  attempt: Type.Integer(),
  counts: Type.Record(Type.String(), Counts),
  gaps: Type.Array(GapFacts),
  held: Type.Integer(),
  /** How many Changes the stored Plan holds. */
  plan: nullable(Type.Integer()),
  /** The Run that writes them, once this one was approved. */
  applied_by: Type.Optional(nullable(Type.Integer())),
  /** Which of `parent` and `applied_by` are not kept any more: retention has taken them. */
  not_kept: Type.Optional(Type.Array(Type.Integer())),
  errors: Type.Array(ReportedError),
  errors_total: Type.Integer(),
  error: nullable(ReportedError),
  user: Type.String(),
  timeout: Type.Integer(),
  created: Type.String(),
  started: nullable(Type.String()),
  ended: nullable(Type.String()),
  waiting_for: nullable(
    Type.Object({
      reason: Type.String(),
      position: Type.Optional(Type.Integer()),
      run: Type.Optional(Type.Integer())
    })
  ),
  last_frame_at: nullable(Type.String()),
  last_updated: Type.String()
})
export type Run = Static<typeof Run>

/** States in which nothing more will happen. */
export const isEnded = (state: RunState): boolean =>
  ['succeeded', 'degraded', 'failed', 'cancelled'].includes(state)

/** Reply to a lease renewal: until when it holds (ISO time and, against clock skew, milliseconds from now). */
export const LeaseState = Type.Object({
  expires_at: Type.String(),
  remaining_ms: Type.Integer(),
  cancelled: Type.Boolean(),
  netbox_endpoint_id: Type.Integer(),
  /** The identity that the lease is for: a Run that finds another one there holds no lease on it. */
  netbox: Type.Optional(Type.String()),
  mode: Type.Enum([...runModes]),
  /** Run whose stored Plan an apply applies, or whose Changes an undo takes back. */
  plan_run_id: nullable(Type.String()),
  /** The number of that Run, by which people know it; null also when it is no longer kept. */
  plan_run: Type.Optional(nullable(Type.Integer())),
  /** An undo that only shows what it would do. */
  plan_only: Type.Boolean()
})
export type LeaseState = Static<typeof LeaseState>
