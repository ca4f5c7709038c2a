import type {
  Counts,
  GapFacts,
  ReportedError,
  RunMode,
  RunOptions,
  RunScope,
  RunState,
  SyncType
} from '@proxbox/contracts'
import {
  boolean,
  index,
  integer,
  jsonb,
  outboxTable,
  pgSchema,
  serial,
  sql,
  text,
  timestamp,
  uniqueIndex,
  uuid
} from '@proxbox/database'

export const orchestratorSchema = pgSchema('orchestrator')
const table = orchestratorSchema.table

const moment = () => timestamp({ withTimezone: true, mode: 'date' })

/** The truth about a Run. Durations are in the unit that their name says. */
export const runs = table(
  'run',
  {
    id: serial().primaryKey(),
    runId: uuid().notNull(),
    name: text().notNull(),
    /** Common to the Runs of one request. */
    group: uuid().notNull(),
    parent: integer(),
    origin: text().$type<'api' | 'door' | 'schedule'>().notNull(),
    syncTypes: jsonb().$type<SyncType[]>().notNull(),
    scope: jsonb().$type<RunScope>().notNull(),
    options: jsonb().$type<RunOptions>().notNull(),
    mode: text().$type<RunMode>().notNull(),
    state: text().$type<RunState>().notNull(),
    netboxEndpointId: integer().notNull(),
    netboxName: text().notNull(),
    /** Identity of the NetBox: what a lease is for. */
    netbox: text().notNull(),
    fastapiEndpointId: integer(),
    attempt: integer().notNull().default(0),
    leaseMs: integer().notNull(),
    /** What an apply applies or an undo takes back. */
    planRunId: uuid(),
    /** The Run that approval has started. */
    appliedBy: integer(),
    /** An attempt has written, or nobody knows whether it has. */
    hasWritten: boolean().notNull().default(false),
    /** Since when it awaits approval. */
    awaitingSince: moment(),
    cancelRequested: boolean().notNull().default(false),
    /** When a queued Run may start. */
    due: moment().notNull().defaultNow(),
    /** Why the last attempt failed, while the Run waits for the next. */
    lastError: jsonb().$type<ReportedError>(),
    counts: jsonb().$type<Record<string, Counts>>().notNull().default({}),
    gaps: jsonb().$type<GapFacts[]>().notNull().default([]),
    held: integer().notNull().default(0),
    plan: integer(),
    errors: jsonb().$type<ReportedError[]>().notNull().default([]),
    errorsTotal: integer().notNull().default(0),
    error: jsonb().$type<ReportedError>(),
    user: text().notNull(),
    timeoutSeconds: integer().notNull(),
    created: moment().notNull().defaultNow(),
    started: moment(),
    ended: moment(),
    lastFrameAt: moment(),
    lastUpdated: moment().notNull().defaultNow()
  },
  (t) => [
    uniqueIndex('run_run_id').on(t.runId),
    index('run_state_due').on(t.state, t.due),
    index('run_netbox').on(t.netbox, t.state),
    index('run_group').on(t.group),
    index('run_ended').on(t.ended),
    index('run_plan').on(t.planRunId).where(sql`plan_run_id is not null`)
  ]
)
export type RunRow = typeof runs.$inferSelect

/** The right to work on one NetBox: one row per identity, taken over only after it has run out. */
export const leases = table('lease', {
  netbox: text().primaryKey(),
  run: integer()
    .notNull()
    .references(() => runs.id, { onDelete: 'cascade' }),
  attempt: integer().notNull(),
  expiresAt: moment().notNull()
})

/** Frames that the orchestrator writes itself, wake-ups and cancel notices. */
export const outbox = outboxTable(orchestratorSchema)
