import Type, { type Static } from 'typebox'
import { type Fields, FieldsSchema, FieldValueSchema, KindSchema } from './items.ts'
import { policyNames } from './kinds/kind-spec.ts'
import { nullable } from './nullable.ts'
import { SeenAddresses } from './seen-address.ts'

/** Why a field is written: its policy, a sentence, and the source path in Proxmox. */
export const Why = Type.Object({
  policy: Type.Enum([...policyNames]),
  reason: Type.String(),
  source: Type.Optional(Type.String()),
  /** The stored Rule that decided it: `decision 12`, `policies of NetBox Endpoint dc1`. */
  rule: Type.Optional(Type.String())
})
export type Why = Static<typeof Why>

/** A field that Proxmox and NetBox tell differently and that was left as NetBox has it: why, and what Proxmox says. */
export const Kept = Type.Object({ ...Why.properties, wanted: FieldValueSchema })
export type Kept = Static<typeof Kept>

/** create, update or delete of one Item. `before` and `after` hold only the fields that differ (all of them on create and delete). */
export const Change = Type.Object({
  key: Type.String(),
  kind: KindSchema,
  action: Type.Enum(['create', 'update', 'delete']),
  netbox_id: nullable(Type.Integer()),
  before: FieldsSchema,
  after: FieldsSchema,
  why: Type.Record(Type.String(), Why),
  /** For people: the object's name. */
  label: Type.String(),
  /** What identifies the object beyond its key; goes to the Ledger. */
  evidence: Type.Optional(Type.Record(Type.String(), Type.String())),
  /** `adopted` when the object existed before us. */
  origin: Type.Enum(['created', 'adopted']),
  /** When it was first missing from a whole list (ISO); null = it is back. Absent: the Ledger keeps what it has. */
  missing_since: Type.Optional(nullable(Type.String())),
  /** The Ledger's count of corrections in a row, per field, once this Change is written. */
  drifts: Type.Optional(Type.Record(Type.String(), Type.Integer())),
  /** Fields of `after` that are somebody else's: a new object must have them. They are sent, and the Ledger does not learn them. */
  foreign: Type.Optional(Type.Array(Type.String())),
  /** Key of the object whose deletion takes this one along (NetBox cascades): it is in no step, and done when that is done. */
  goes_with: Type.Optional(Type.String())
})
export type Change = Static<typeof Change>

/** Pure: of what a Change writes, what is ours from then on. */
export function ownValues({
  after,
  foreign = []
}: {
  readonly after: Fields
  readonly foreign?: readonly string[] | undefined
}): Fields {
  if (foreign.length === 0) return after
  return Object.fromEntries(Object.entries(after).filter(([field]) => !foreign.includes(field)))
}

/** A Change, or a part of its fields, that a Guard held back. */
export const HeldChange = Type.Object({
  change: Change,
  guard: Type.String(),
  code: Type.String(),
  reason: Type.String()
})
export type HeldChange = Static<typeof HeldChange>

/** Guards whose held Changes a person can approve; all other held Changes wait until their cause is gone. */
export const approvableGuards: readonly string[] = [
  'budget',
  'vanished',
  'scope-change',
  'base-change'
]

export const conflictCodes = [
  'both-changed',
  'drift-in-a-row',
  'address-taken',
  'ambiguous',
  'name-clash',
  'cluster-contradicts',
  'unit-base',
  'guest-rebuilt'
] as const

/** Two sides that a person must decide between: stored once, with both sides and the possible decisions. */
export const Conflict = Type.Object({
  key: Type.String(),
  kind: KindSchema,
  label: Type.String(),
  /** The field in question; null = the object as a whole. */
  field: nullable(Type.String()),
  code: Type.Enum([...conflictCodes]),
  /** One sentence with both sides. */
  detail: Type.String(),
  netbox_id: nullable(Type.Integer()),
  /** What Proxmox asks for, and what NetBox holds. */
  proxmox: FieldValueSchema,
  netbox: FieldValueSchema,
  /** `proxmox`, `netbox`, `adopt:vm/17`, `create`, `follow`, `same:1f2e3d4c`: each with what it does, for people. */
  decisions: Type.Array(Type.Object({ decision: Type.String(), does: Type.String() }))
})
export type Conflict = Static<typeof Conflict>

/** A conflict as a Run names it: with the decision about it that the Run had read; absent = none. */
export const NamedConflict = Type.Object({
  ...Conflict.properties,
  known: Type.Optional(Type.Object({ rule: Type.Integer(), decision: Type.String() }))
})
export type NamedConflict = Static<typeof NamedConflict>

/** A stored Rule: what a person decided about a conflict answers the same conflict from then on. */
export const DecisionRule = Type.Object({
  id: Type.Integer(),
  key: Type.String(),
  field: nullable(Type.String()),
  code: Type.Enum([...conflictCodes]),
  decision: Type.String(),
  user: Type.String(),
  created: Type.String()
})
export type DecisionRule = Static<typeof DecisionRule>

/** An object that NetBox refused: not sent again before `retry_at` (ISO), unless what would be sent has changed. */
export const Quarantined = Type.Object({
  key: Type.String(),
  kind: KindSchema,
  action: Type.Enum(['create', 'update', 'delete']),
  values: FieldsSchema,
  /** NetBox's own words. */
  detail: Type.String(),
  failures: Type.Integer(),
  retry_at: Type.String()
})
export type Quarantined = Static<typeof Quarantined>

const missed =
  /Missing required custom field '(\w+)'|custom field '(\w+)': Required field cannot be empty/

/** Pure: the name of the custom field that NetBox misses, by its own words; undefined where it misses none. */
export function missedCustomField(detail: string): string | undefined {
  const found = missed.exec(detail)
  return found?.[1] ?? found?.[2]
}

/** Pure: what to do about a refusal for want of a custom field; undefined for any other. */
export function missedRemedy({
  action,
  detail
}: Pick<Quarantined, 'action' | 'detail'>): string | undefined {
  const name = missedCustomField(detail)
  if (name === undefined) return undefined
  const first =
    action === 'create'
      ? `Give the custom field ${name} a default in NetBox`
      : `Enter a value for the custom field ${name} there in NetBox`
  return `${first}, or make the field optional: the next Run sends it again.`
}

const pausesMinutes = [15, 60, 240, 960, 1440]

/** Pure: minutes until a refused object is tried again, after so many refusals in a row. */
export const quarantineMinutes = (failures: number): number =>
  pausesMinutes[Math.min(Math.max(failures, 1), pausesMinutes.length) - 1] ?? 1440

/** What the Ledger learns of an object without a write: that it was found, or how its facts have changed. */
export const Adoption = Type.Object({
  key: Type.String(),
  kind: KindSchema,
  netbox_id: Type.Integer(),
  origin: Type.Enum(['created', 'adopted']),
  /** How it was recognised: ledger, intent, custom-field, name, address, mac, only-one. */
  evidence_of_match: Type.String(),
  values: FieldsSchema,
  evidence: Type.Record(Type.String(), Type.String()),
  label: Type.String(),
  /** These replace what the Ledger has, where they are given. */
  kept: Type.Optional(Type.Record(Type.String(), Kept)),
  drifts: Type.Optional(Type.Record(Type.String(), Type.Integer())),
  missing_since: Type.Optional(nullable(Type.String())),
  /** Source paths of fields, added to those known. */
  sources: Type.Optional(Type.Record(Type.String(), Type.String()))
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
      /** Values that this step sends instead of the Change's: an intermediate name, or what is given away before a deletion. */
      values: Type.Optional(FieldsSchema),
      /** What must stand there before this step: what an earlier one has set. */
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
  conflicts: Type.Array(Conflict),
  /** Addresses that wait until they have been seen for a day. */
  seen: SeenAddresses,
  /** Items compared per kind that need nothing. */
  unchanged: Type.Record(Type.String(), Type.Integer())
})
export type Plan = Static<typeof Plan>

/** What became of one Change. */
export const Outcome = Type.Object({
  change: Change,
  /**
   * `done`, `refused` by NetBox with its words in detail, `moved` since it was planned, `skipped` because what it refers to
   * failed: the object, or only the fields that the Change has.
   */
  state: Type.Enum(['done', 'refused', 'moved', 'skipped']),
  netbox_id: nullable(Type.Integer()),
  detail: Type.String()
})
export type Outcome = Static<typeof Outcome>

/** Pure: one text per Change, the same for the same Change however its fields are ordered: what a Plan's SHA-256 is made of. */
export function changeText(change: Pick<Change, 'key' | 'action' | 'before' | 'after'>): string {
  const { key, action, before, after } = change
  return JSON.stringify([key, action, sorted(before), sorted(after)])
}

/** Pure: a value with the names of all its objects in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([name, one]) => [name, sorted(one)]))
}
