import {
  index,
  integer,
  jsonb,
  outboxTable,
  pgSchema,
  primaryKey,
  serial,
  text,
  timestamp,
  uniqueIndex
} from '@proxbox/database'

export const inventorySchema = pgSchema('inventory')
const table = inventorySchema.table

const moment = () => timestamp({ withTimezone: true, mode: 'date' }).notNull().defaultNow()
type Json = Record<string, unknown>

/** The newest attempt seen of each Run: facts of an older one are refused. */
export const writers = table('writer', {
  runId: text().primaryKey(),
  attempt: integer().notNull(),
  lastSeen: moment()
})

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
    firstMissingAt: timestamp({ withTimezone: true, mode: 'string' }),
    runId: text().notNull(),
    lastUpdated: moment()
  },
  (t) => [
    uniqueIndex('item_key').on(t.netbox, t.key),
    index('item_netbox_id').on(t.netbox, t.kind, t.netboxId)
  ]
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

/** Changes of a Run: planned, held, and what became of each. */
export const changes = table(
  'change',
  {
    id: serial().primaryKey(),
    runId: text().notNull(),
    netbox: text().notNull(),
    key: text().notNull(),
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
    at: moment()
  },
  (t) => [uniqueIndex('change_run_key').on(t.runId, t.key)]
)

export const outbox = outboxTable(inventorySchema)
