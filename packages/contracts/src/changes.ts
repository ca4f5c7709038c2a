import Type, { type Static } from 'typebox'
import { FieldsSchema, KindSchema } from './items.ts'

/** Why a field is written: its policy (RECONCILE §2), a sentence, and the source path in Proxmox. */
export const Why = Type.Object({
  policy: Type.Enum(['source', 'merge', 'fill', 'own']),
  reason: Type.String(),
  source: Type.Optional(Type.String())
})
export type Why = Static<typeof Why>

/** create, update or delete of one Item. `before` and `after` hold only the fields that differ (all of them on create and delete). */
export const Change = Type.Object({
  key: Type.String(),
  kind: KindSchema,
  action: Type.Enum(['create', 'update', 'delete']),
  netbox_id: Type.Union([Type.Integer(), Type.Null()]),
  before: FieldsSchema,
  after: FieldsSchema,
  why: Type.Record(Type.String(), Why),
  /** For people: the object's name. */
  label: Type.String(),
  /** What identifies the object beyond its key; goes to the Ledger. */
  evidence: Type.Optional(Type.Record(Type.String(), Type.String())),
  /** `adopted` when the object existed before us. */
  origin: Type.Enum(['created', 'adopted'])
})
export type Change = Static<typeof Change>

/** A Change that a Guard held back. */
export const HeldChange = Type.Object({
  change: Change,
  guard: Type.String(),
  code: Type.String(),
  reason: Type.String()
})
export type HeldChange = Static<typeof HeldChange>

/** An object that was found and is recorded in the Ledger without a write. */
export const Adoption = Type.Object({
  key: Type.String(),
  kind: KindSchema,
  netbox_id: Type.Integer(),
  origin: Type.Enum(['created', 'adopted']),
  /** How it was recognised: ledger, intent, custom-field, name, address, mac, only-one. */
  evidence_of_match: Type.String(),
  values: FieldsSchema,
  evidence: Type.Record(Type.String(), Type.String()),
  label: Type.String()
})
export type Adoption = Static<typeof Adoption>

/** A note about one Item that a person should read: the Run goes on. */
export const Notice = Type.Object({
  key: Type.String(),
  label: Type.String(),
  code: Type.String(),
  detail: Type.String()
})
export type Notice = Static<typeof Notice>

/**
 * One step of a Plan: Changes of one kind and action that may be sent together. `fields` says which fields of each
 * Change this step sends (a late field, such as a primary address, follows in a later step).
 */
export const PlanStep = Type.Object({
  kind: KindSchema,
  action: Type.Enum(['create', 'update', 'delete']),
  entries: Type.Array(
    Type.Object({
      key: Type.String(),
      fields: Type.Array(Type.String()),
      /** NetBox ≥ 4.7 makes the MAC with its interface: the MAC Item that this entry also creates. */
      with_mac: Type.Optional(Type.String()),
      /** Values that this step sends instead of the Change's: an intermediate name, where names are swapped. */
      values: Type.Optional(FieldsSchema),
      /** What these fields hold before this step, where an earlier step of this Plan has set them. */
      before: Type.Optional(FieldsSchema)
    })
  )
})
export type PlanStep = Static<typeof PlanStep>

/** Changes in ordered steps, and those held, each under its Guard. */
export const Plan = Type.Object({
  changes: Type.Array(Change),
  steps: Type.Array(PlanStep),
  held: Type.Array(HeldChange),
  adoptions: Type.Array(Adoption),
  notices: Type.Array(Notice),
  /** Items compared per kind that need nothing. */
  unchanged: Type.Record(Type.String(), Type.Integer())
})
export type Plan = Static<typeof Plan>

/** What became of one Change. */
export const Outcome = Type.Object({
  change: Change,
  /** `done`, `refused` by NetBox with its words in detail, `moved` since it was planned, `skipped` because what it refers to failed. */
  state: Type.Enum(['done', 'refused', 'moved', 'skipped']),
  netbox_id: Type.Union([Type.Integer(), Type.Null()]),
  detail: Type.String()
})
export type Outcome = Static<typeof Outcome>
