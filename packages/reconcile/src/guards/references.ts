import {
  type Change,
  type Fields,
  type FieldValue,
  fieldSpec,
  type HeldChange,
  isRef,
  type KindName,
  kindNames
} from '@proxbox/contracts'
import { customFieldKey } from '../key-of.ts'
import { lateKinds } from '../late-kinds.ts'
import type { Guarded } from './guard.ts'
import { onlyFields } from './parted.ts'
import { vlanFields } from './vlan-fields.ts'

/** Pure: a value without references to what will not exist; undefined when nothing of it is left. */
function usable(
  field: string,
  value: FieldValue,
  exists: (ref: string) => boolean
): FieldValue | undefined {
  // NetBox refuses an object that fills a custom field which is not there.
  if (field.startsWith('cf.')) return exists(customFieldKey(field.slice(3))) ? value : undefined
  if (isRef(value)) return exists(value.ref) ? value : undefined
  if (!Array.isArray(value)) return value
  const left = value.filter((one) => !isRef(one) || exists(one.ref))
  if (left.length === value.length) return value
  return left.length === 0 ? undefined : left
}

/** Without these an object is still itself; all others say what it is or where it belongs. */
const optional: Partial<Record<KindName, readonly string[]>> = {
  cluster: ['tenant'],
  device: ['tenant'],
  interface: ['untagged_vlan'],
  vm: ['tenant', 'platform', 'virtual_machine_type', 'role', 'device'],
  'vm-interface': ['untagged_vlan']
}

const isOptional = (kind: KindName, field: string): boolean =>
  fieldSpec(kind, field)?.type === 'set' || optional[kind]?.includes(field) === true

/** Pure: a VLAN that is not there takes the mode and the other VLANs with it: NetBox accepts them together only. */
function withoutVlans(after: Fields): Fields {
  return Object.fromEntries(Object.entries(after).filter(([field]) => !vlanFields.includes(field)))
}

/** Pure: has a set lost elements that are not there? */
const isShortened = (left: FieldValue | undefined, value: FieldValue): boolean =>
  Array.isArray(left) && Array.isArray(value) && left.length < value.length

/** Pure: the elements of a set in one order. */
const setOf = (value: FieldValue | undefined): string =>
  [value ?? []]
    .flat()
    .map((one) => JSON.stringify(one))
    .sort()
    .join()

/** Pure: is what is left of a set not worth sending? Half a trunk is another trunk, and what stands there is no news. */
const isNoNews = ({ action, before }: Change, field: string, left: FieldValue): boolean =>
  vlanFields.includes(field) || (action === 'update' && setOf(left) === setOf(before[field]))

/** Pure: what is left of a Change without references to what will not exist, its late fields or the others; which are lost. */
function strip(
  change: Change,
  late: boolean,
  exists: (ref: string) => boolean
): { readonly rest: Change; readonly lost: readonly string[] } {
  const leftOf = (field: string, value: FieldValue): FieldValue | undefined => {
    // The definition of a field of others was read in NetBox: it is there.
    const isOthers = change.foreign?.includes(field) === true
    const isMine = !isOthers && (fieldSpec(change.kind, field)?.late ?? false) === late
    return isMine ? usable(field, value, exists) : value
  }
  const fields = Object.entries(change.after)
  if (fields.every(([field, value]) => leftOf(field, value) === value))
    return { rest: change, lost: [] }
  const after: Record<string, FieldValue> = {}
  const lost: string[] = []
  for (const [field, value] of fields) {
    const left = leftOf(field, value)
    if (left === undefined || (isShortened(left, value) && isNoNews(change, field, left)))
      lost.push(field)
    else after[field] = left
  }
  const isBroken = lost.some((field) => vlanFields.includes(field))
  return { rest: { ...change, after: isBroken ? withoutVlans(after) : after }, lost }
}

/** Pure: an update of which nothing is left. */
const isIdle = ({ action, after }: Change): boolean =>
  action === 'update' && Object.keys(after).length === 0

/**
 * Pure: a create that needs what is itself held or absent is held too, be it an object or the definition of a custom
 * field; from an update, and for what is sent later (primary addresses), only that field goes. Of a set go the elements
 * that are not there.
 */
export function heldReferences(
  changes: readonly Change[],
  known: (key: string) => boolean
): Guarded {
  const made = new Set<string>()
  const exists = (ref: string) => ref.startsWith('netbox:') || made.has(ref) || known(ref)
  const byKind = Map.groupBy(changes, (change) => change.kind)
  const held: HeldChange[] = []
  const kept: Change[] = []
  for (const change of kindNames.flatMap((kind) => byKind.get(kind) ?? [])) {
    const { rest, lost } = strip(change, false, exists)
    const needed = lost.filter((field) => !isOptional(change.kind, field))
    if (change.action === 'create' && needed.length > 0) {
      const reason = `It needs ${needed.join(', ')}, which is held or absent.`
      held.push({ change, guard: 'references', code: 'ITEM_HELD', reason })
      continue
    }
    if (change.action === 'create') made.add(change.key)
    if (!isIdle(rest)) kept.push(rest)
  }
  return {
    held,
    kept: kept.flatMap((change) => {
      if (!lateKinds.has(change.kind)) return [change]
      const { rest } = strip(change, true, exists)
      return isIdle(rest) ? [] : [rest]
    })
  }
}

/** A Change in two: what is sent of it, and what is not. */
export interface Parted {
  /** Undefined: nothing of it can be sent. */
  readonly sent: Change | undefined
  /** All of it, or what is left out of an object that is written: that can only follow as an update. */
  readonly rest: Change
}

/**
 * Pure: what can be written of one Change when something that it refers to has turned out not to be there, by the rule
 * of the guard: the next Run would ask for the same. An update that says where an object belongs goes as a whole or not
 * at all.
 *
 * @param isMissing of the key of something that the Change refers to; true of one at least
 */
export function withoutMissing(change: Change, isMissing: (key: string) => boolean): Parted {
  const [left] = heldReferences([change], (key) => !isMissing(key)).kept
  const nothing = { sent: undefined, rest: change }
  if (left === undefined) return nothing
  const isGone = (field: string) => left.after[field] === undefined
  const canGo = (field: string) =>
    isOptional(change.kind, field) ||
    vlanFields.includes(field) ||
    fieldSpec(change.kind, field)?.late === true
  if (!Object.keys(change.after).filter(isGone).every(canGo)) return nothing
  return {
    sent: onlyFields(left, (field) => !isGone(field)),
    rest: {
      ...onlyFields(change, (field) => left.after[field] !== change.after[field]),
      action: 'update'
    }
  }
}
