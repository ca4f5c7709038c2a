import {
  type Change,
  type CurrentItem,
  type Fields,
  type FieldValue,
  fieldSpec,
  type LedgerRow,
  type Notice,
  netboxKey,
  type Why
} from '@proxbox/contracts'
import { customDefaults } from '../custom-defaults.ts'
import { translated } from '../diff/translated.ts'
import type { Resolve } from '../identity/natural.ts'
import { viewOf } from '../sight/view-of.ts'

export interface UndoInput {
  /** What the Run has written, in its order, with whole before-images. */
  readonly changes: readonly Change[]
  /** Whole tables of all kinds that can point to something of ours. */
  readonly current: readonly CurrentItem[]
  readonly ledger: readonly LedgerRow[]
  readonly netboxVersion: string
  /** Slug of the tag that says whose NetBox this is: it stays. */
  readonly identityTag: string
  /** How often NetBox says that a tag is used, by NetBox id: more than `current` shows means that others use it. */
  readonly tagUses: ReadonlyMap<number, number>
  /** What hangs unread on objects that were made, in words by NetBox key: asked for `partsToCount` of them. */
  readonly unread?: ReadonlyMap<string, string>
  /** For the reasons: what is taken back. */
  readonly run: string
}

export interface UndoContext {
  readonly input: UndoInput
  readonly objects: ReadonlyMap<string, CurrentItem>
  readonly rows: ReadonlyMap<string, LedgerRow>
  readonly resolve: Resolve
  readonly ours: (value: FieldValue) => FieldValue
  /** Does a new object have this in a custom field by itself? */
  readonly isDefault: (field: string, value: FieldValue) => boolean
}

/** Pure: keys and ids of what the Run touched, and of all that is known. */
export function undoContext(input: UndoInput): UndoContext {
  const places = new Map(
    input.ledger.map(({ key, kind, netbox_id }) => [key, netboxKey(kind, netbox_id)])
  )
  for (const { key, kind, action, netbox_id } of input.changes)
    if (action !== 'delete' && netbox_id !== null) places.set(key, netboxKey(kind, netbox_id))
  const keys = new Map([...places].map(([key, place]) => [place, key]))
  return {
    input,
    objects: new Map(input.current.map((item) => [item.key, item])),
    rows: new Map(input.ledger.map((row) => [row.key, row])),
    resolve: (ref) => places.get(ref) ?? ref,
    isDefault: customDefaults(input.current),
    ours: (value) => translated(value, (ref) => keys.get(ref) ?? ref)
  }
}

/** Pure: what a Change has written, as NetBox holds it now. */
export const currentOf = (
  { kind, netbox_id }: Change,
  { objects }: UndoContext
): CurrentItem | undefined =>
  netbox_id === null ? undefined : objects.get(netboxKey(kind, netbox_id))

/** Pure: something that is not taken back, and why. */
export const notice = (change: Change, detail: string): Notice => ({
  key: change.key,
  label: change.label,
  code: 'ITEM_MOVED',
  detail: `${change.kind} ${change.label} ${detail}`
})

/** Pure: something that is gone or out of sight: a token that does not see an object cannot say which. */
export const unseen = (change: Change): Notice =>
  notice(
    change,
    `is left as it is: it is gone from NetBox, or the token does not see it. If it is there, let the token view it (${viewOf(change.kind)}) and undo the Run again.`
  )

/** Pure: why these fields are written. */
export const whyOf = (fields: Fields, { kind }: Change, run: string): Record<string, Why> =>
  Object.fromEntries(
    Object.keys(fields).map((field) => [
      field,
      { policy: fieldSpec(kind, field)?.policy ?? 'own', reason: `undo of Run ${run}` }
    ])
  )
