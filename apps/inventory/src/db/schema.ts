import type { Change, Conflict, Kept } from '@proxbox/contracts'
import {
  boolean,
  index,
  integer,
  jsonb,
  outboxTable,
  pgSchema,
  primaryKey,
  serial,
  sql,
  text,
  timestamp,
  uniqueIndex
} from '@proxbox/database'

export const inventorySchema = pgSchema('inventory')
const table = inventorySchema.table

const moment = () => timestamp({ withTimezone: true, mode: 'date' }).notNull().defaultNow()
const perhaps = () => timestamp({ withTimezone: true, mode: 'date' })
type Json = Record<string, unknown>

/** The newest attempt seen of each Run: facts of an older one are refused. */
export const writers = table(
  'writer',
  {
    runId: text().primaryKey(),
    attempt: integer().notNull(),
    lastSeen: moment(),
    /** When this attempt began to name gaps: those of its clusters that nobody has named since are closed. */
    gapsSince: perhaps()
  },
  (t) => [index('writer_last_seen').on(t.lastSeen, t.runId)]
)

/**
 * Every Item that is known. With a NetBox it is a Ledger row: where the Item is there and what was last written to it;
 * with an empty `netbox` the inventory itself holds the Item (storages).
 */
export const items = table(
  'item',
  {
    id: serial().primaryKey(),
    netbox: text().notNull(),
    key: text().notNull(),
    kind: text().notNull(),
    label: text().notNull().default(''),
    netboxId: integer(),
    origin: text().notNull(),
    lastWritten: jsonb().$type<Json>().notNull(),
    evidence: jsonb().$type<Record<string, string>>().notNull().default({}),
    firstMissingAt: perhaps(),
    /** How it was recognised at first contact; null = we created it. */
    matchedBy: text(),
    /** Corrections in a row, per field; null = none. */
    drifts: jsonb().$type<Record<string, number>>(),
    /** Fields in which NetBox was left as it is; null = none. */
    kept: jsonb().$type<Record<string, Kept>>(),
    /** Where each field comes from in Proxmox; null = not known. */
    sources: jsonb().$type<Record<string, string>>(),
    /** When a Run wrote each field whose Change is older than retention and gone (ISO); null = none. */
    writtenBefore: jsonb().$type<Record<string, string>>(),
    runId: text().notNull(),
    lastUpdated: moment()
  },
  (t) => [uniqueIndex('item_key').on(t.netbox, t.key)]
)

/** Announced writes whose outcome is not recorded. */
export const intents = table(
  'intent',
  {
    netbox: text().notNull(),
    key: text().notNull(),
    kind: text().notNull(),
    action: text().notNull(),
    netboxId: integer(),
    before: jsonb().$type<Json>().notNull(),
    values: jsonb().$type<Json>().notNull(),
    runId: text().notNull(),
    attempt: integer().notNull(),
    at: moment()
  },
  (t) => [primaryKey({ columns: [t.netbox, t.key] })]
)

/** Since when Runs have seen addresses that NetBox does not have: they are written once that is a day. */
export const seenAddresses = table(
  'seen_address',
  {
    netbox: text().notNull(),
    key: text().notNull(),
    label: text().notNull(),
    holder: text().notNull(),
    since: moment(),
    runId: text().notNull()
  },
  (t) => [primaryKey({ columns: [t.netbox, t.key] })]
)

/**
 * Changes of a Run: planned, held, and what became of each. What is written of an object is one row (`part` = ''); each
 * part of it that a Guard held is a row beside it.
 */
export const changes = table(
  'change',
  {
    /** The order of a Run's rows. An index on it alone would tempt Postgres to walk over those of other Runs. */
    id: serial().notNull(),
    runId: text().notNull(),
    netbox: text().notNull(),
    key: text().notNull(),
    part: text().notNull().default(''),
    kind: text().notNull(),
    action: text().notNull(),
    netboxId: integer(),
    label: text().notNull(),
    origin: text().notNull(),
    before: jsonb().$type<Json>().notNull(),
    after: jsonb().$type<Json>().notNull(),
    why: jsonb().$type<Json>().notNull(),
    evidence: jsonb().$type<Record<string, string>>().notNull().default({}),
    outcome: text().notNull(),
    detail: text().notNull().default(''),
    guard: text(),
    /** SHA-256 (hex) of the `changeText`; '' for what no Plan holds. */
    hash: text().notNull().default(''),
    /** All else that the Change says: what the Ledger learns once it is written, what it goes with; null = nothing. */
    learns: jsonb().$type<Partial<Change>>(),
    /** The fields that NetBox has taken, each `true`; null = nothing was written. */
    written: jsonb().$type<Record<string, true>>(),
    /** Planned, or held by one of `approvableGuards`: what a Plan writes, and a person can still approve. */
    approvable: boolean().notNull().default(false),
    at: moment()
  },
  (t) => [
    uniqueIndex('change_run_key_part').on(t.runId, t.key, t.part),
    primaryKey({ columns: [t.runId, t.id] }),
    index('change_approvable').on(t.runId, t.id).where(sql`approvable`),
    index('change_written').on(t.runId, t.id).where(sql`written is not null`),
    index('change_item').on(t.netbox, t.key, t.id)
  ]
)

/** What all pages of a Plan have in common, kept from the first look at it until a row of it changes. */
export const plans = table('plan', {
  runId: text().primaryKey(),
  sha256: text().notNull(),
  count: integer().notNull(),
  held: integer().notNull()
})

/** Items that are held now: what says when that begins and ends. */
export const heldItems = table(
  'held_item',
  {
    netbox: text().notNull(),
    key: text().notNull(),
    kind: text().notNull(),
    label: text().notNull(),
    netboxId: integer(),
    runId: text().notNull(),
    since: moment()
  },
  (t) => [primaryKey({ columns: [t.netbox, t.key] })]
)

/** Items that NetBox has refused, and until when they are not sent again. */
export const quarantine = table(
  'quarantine',
  {
    netbox: text().notNull(),
    key: text().notNull(),
    kind: text().notNull(),
    label: text().notNull(),
    netboxId: integer(),
    action: text().$type<'create' | 'update' | 'delete'>().notNull(),
    values: jsonb().$type<Json>().notNull(),
    detail: text().notNull(),
    failures: integer().notNull(),
    retryAt: moment(),
    runId: text().notNull(),
    created: moment()
  },
  (t) => [primaryKey({ columns: [t.netbox, t.key] })]
)

/** What a person must decide between, once per object, field and code; `field` = '' for the object as a whole. */
export const conflicts = table(
  'conflict',
  {
    id: serial().primaryKey(),
    netbox: text().notNull(),
    key: text().notNull(),
    field: text().notNull(),
    code: text().$type<Conflict['code']>().notNull(),
    kind: text().notNull(),
    label: text().notNull(),
    detail: text().notNull(),
    netboxId: integer(),
    proxmoxValue: jsonb().$type<Conflict['proxmox']>(),
    netboxValue: jsonb().$type<Conflict['netbox']>(),
    decisions: jsonb().$type<Conflict['decisions']>().notNull(),
    state: text().$type<'open' | 'decided' | 'gone'>().notNull().default('open'),
    decision: text(),
    rule: integer(),
    runId: text().notNull(),
    created: moment(),
    lastUpdated: moment()
  },
  (t) => [
    uniqueIndex('conflict_of').on(t.netbox, t.key, t.field, t.code),
    index('conflict_open').on(t.netbox).where(sql`state = 'open'`),
    index('conflict_gone').on(t.lastUpdated).where(sql`state = 'gone'`)
  ]
)

/** What could not be read, once per place and facet, whatever the reason. */
export const gaps = table(
  'gap',
  {
    id: serial().primaryKey(),
    gapKey: text().notNull(),
    cluster: text().notNull(),
    scope: text().notNull(),
    node: text(),
    storage: text(),
    vmid: integer(),
    facet: text().notNull(),
    reason: text().notNull(),
    detail: text().notNull(),
    remedy: text(),
    isOpen: boolean().notNull().default(true),
    acknowledgedUntil: perhaps(),
    acknowledgedBy: text().notNull().default(''),
    runId: text().notNull(),
    created: moment(),
    lastUpdated: moment()
  },
  (t) => [
    uniqueIndex('gap_of').on(t.gapKey),
    index('gap_cluster').on(t.cluster).where(sql`is_open`),
    index('gap_closed').on(t.lastUpdated).where(sql`not is_open`)
  ]
)

export const outbox = outboxTable(inventorySchema)
