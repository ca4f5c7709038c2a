import type { Change, Fields, FieldValue, Item, Why } from '@proxbox/contracts'
import { isRef } from '@proxbox/contracts'
import { translated } from '../diff/translated.ts'
import type { Matched, Matching } from '../identity/matching.ts'
import { deviceKey, guestOf, interfaceOf, nodeOf } from '../key-of.ts'
import { oursIn } from './translated-fields.ts'

const fields = ['primary_ip4', 'primary_ip6'] as const

const parentOf = (key: string): string | undefined => {
  const node = nodeOf(key)
  return guestOf(key) ?? (node === undefined ? undefined : deviceKey(node))
}

const refTo = (value: FieldValue | undefined): string => (isRef(value) ? value.ref : '')

/** Pure: guest or node whose primary address in NetBox this address is. */
export function primaryOf(
  { key, kind, after }: Change,
  matching: Matching
): (Holding & { readonly field: (typeof fields)[number] }) | undefined {
  if (kind !== 'ip-address' || after.assigned_object !== null) return undefined
  const own = matching.byKey.get(key)?.current.key
  const parent = parentOf(key)
  const holder = parent === undefined ? undefined : matching.byKey.get(parent)?.current
  const field = fields.find((one) => own !== undefined && refTo(holder?.fields[one]) === own)
  return parent === undefined || field === undefined ? undefined : { key: parent, field }
}

/** Pure: did a person make this address the primary one? Then it is built upon. */
export function isChosen(change: Change, matching: Matching): boolean {
  const primary = primaryOf(change, matching)
  if (primary === undefined) return false
  const written = matching.byKey.get(primary.key)?.base[primary.field]
  return matching.resolve(refTo(written)) !== matching.byKey.get(change.key)?.current.key
}

const whys = {
  primary_ip4: { policy: 'merge', reason: 'the primary address was missing for too long' },
  primary_ip6: { policy: 'merge', reason: 'the primary address was missing for too long' },
  primary_mac_address: { policy: 'own', reason: 'the primary MAC address is gone' }
} as const satisfies Readonly<Record<string, Why>>

interface Holding {
  /** Guest, node or interface. */
  readonly key: string
  readonly field: keyof typeof whys
}

/** Pure: the interface whose primary MAC in NetBox this one is, that is deleted, where another one is wanted. */
function interfaceOfMac({ key, kind, action }: Change, matching: Matching): Holding | undefined {
  const at = kind === 'mac-address' && action === 'delete' ? interfaceOf(key) : undefined
  const own = matching.byKey.get(key)?.current.key
  if (at === undefined || own === undefined) return undefined
  const primary = matching.byKey.get(at)?.current.fields.primary_mac_address
  const isFollowed = isRef(matching.desired.get(at)?.fields.primary_mac_address)
  return refTo(primary) === own && isFollowed
    ? { key: at, field: 'primary_mac_address' }
    : undefined
}

function withField(
  change: Change | undefined,
  { key, kind, after }: { key: string; kind: Item['kind']; after: Fields },
  { known, matching, why }: { known: Matched; matching: Matching; why: Why }
): Change {
  const ours = oursIn(matching)
  const before = Object.keys(after).map(
    (field) => [field, translated(known.current.fields[field] ?? null, ours)] as const
  )
  return {
    key,
    kind,
    action: 'update',
    netbox_id: known.current.netbox_id,
    label: known.current.label,
    origin: known.origin,
    ...change,
    before: { ...change?.before, ...Object.fromEntries(before) },
    after: { ...change?.after, ...after },
    why: { ...change?.why, ...Object.fromEntries(Object.keys(after).map((field) => [field, why])) }
  }
}

/** Which address leaves a primary field of which guest, node or interface, by `key|field`. */
export type Chosen = ReadonlyMap<string, string>

/**
 * Pure: Changes in which an unassigned primary address is followed by the next one, or by none, and a deleted primary MAC
 * by the one that is there now: NetBox empties the field with it, whoever had chosen it.
 */
export function chooseAnew(
  changes: readonly Change[],
  items: readonly Item[],
  matching: Matching
): { readonly changes: readonly Change[]; readonly chosen: Chosen } {
  const chosen = new Map<string, string>()
  const leaving = changes.flatMap((change) => {
    const primary = primaryOf(change, matching) ?? interfaceOfMac(change, matching)
    return primary === undefined ? [] : [{ ...primary, address: change.key }]
  })
  if (leaving.length === 0) return { changes, chosen }
  const wanted = new Map(items.map((item) => [item.key, item]))
  const byKey = new Map(changes.map((change) => [change.key, change]))
  for (const { key, field, address } of leaving) {
    const known = matching.byKey.get(key)
    const item = wanted.get(key)
    const change = byKey.get(key)
    if (known === undefined || item === undefined || (change && field in change.after)) continue
    const after = { [field]: item.fields[field] ?? null }
    const facts = { known, matching, why: whys[field] }
    byKey.set(key, withField(change, { key, kind: item.kind, after }, facts))
    chosen.set(`${key}|${field}`, address)
  }
  return { changes: [...byKey.values()], chosen }
}

/**
 * Pure: the primary address stays while it is only missing: another is chosen when it is unassigned, not before. What a
 * silent or restless guest does not tell moves nothing.
 *
 * @param expired keys of addresses that are missing for longer than the grace
 */
export function keepPrimary(
  changes: readonly Change[],
  expired: ReadonlySet<string>,
  matching: Matching
): readonly Change[] {
  const isMissing = (value: FieldValue | undefined): boolean => {
    const key = refTo(value)
    const object = matching.byKey.get(key)?.current
    if (object === undefined || matching.desiredKeys.has(key) || expired.has(key)) return false
    return isRef(object.fields.assigned_object)
  }
  return changes.flatMap((change) => {
    const kept = fields.filter((one) => one in change.after && isMissing(change.before[one]))
    if (kept.length === 0) return [change]
    const pick = (all: Fields): Fields =>
      Object.fromEntries(Object.entries(all).filter(([name]) => !kept.some((one) => one === name)))
    const after = pick(change.after)
    return Object.keys(after).length === 0
      ? []
      : [{ ...change, after, before: pick(change.before) }]
  })
}
