import Type, { type Static } from 'typebox'
import { Kept } from './changes.ts'
import { FieldsSchema, KindSchema } from './items.ts'
import { nullable } from './nullable.ts'

/** What the inventory remembers of one Item in one NetBox; `last_written` is the base of the three-way merge (references by key). */
export const LedgerRow = Type.Object({
  key: Type.String(),
  kind: KindSchema,
  /** What people call it: a part with what it is a part of (`web-1 net0`), all else as NetBox shows it. */
  label: Type.String(),
  netbox_id: Type.Integer(),
  origin: Type.Enum(['created', 'adopted']),
  last_written: FieldsSchema,
  evidence: Type.Record(Type.String(), Type.String()),
  /** Since when it is missing from a whole list (ISO): it is stale. */
  first_missing_at: nullable(Type.String()),
  /** Corrections in a row, per `source` field; absent = none. */
  drifts: Type.Optional(Type.Record(Type.String(), Type.Integer())),
  /** Fields in which NetBox was left as it is; absent = none. */
  kept: Type.Optional(Type.Record(Type.String(), Kept))
})
export type LedgerRow = Static<typeof LedgerRow>

/** An announced write whose outcome is not recorded: the next attempt recognises value or object as ours by it. */
export const Intent = Type.Object({
  key: Type.String(),
  kind: KindSchema,
  action: Type.Enum(['create', 'update', 'delete']),
  netbox_id: nullable(Type.Integer()),
  before: FieldsSchema,
  values: FieldsSchema
})
export type Intent = Static<typeof Intent>
