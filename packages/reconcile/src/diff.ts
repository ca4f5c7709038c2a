import {
  type Change,
  type Fields,
  type FieldValue,
  fieldSpec,
  type Item,
  isRef,
  type Notice,
  type Policy,
  type Why
} from '@proxbox/contracts'
import { canonical, isBlank, normal } from './canonical.ts'
import { inSubnet } from './desired/primary-addresses.ts'
import type { Matched } from './match.ts'
import type { Resolve } from './natural.ts'
import type { DesiredOptions } from './options.ts'

export interface DiffContext {
  readonly resolve: Resolve
  /** NetBox key → our key, where we have one. */
  readonly ours: (ref: string) => string
  readonly options: DesiredOptions
}

/** Outcome of one field: write this value, it is equal, or it stays (with a conflict where both sides moved). */
type Decision =
  | { readonly write: FieldValue; readonly reason: string }
  | { readonly equal: boolean; readonly conflict?: boolean }
const keep: Decision = { equal: false }

const free = new Set(['active', 'offline', 'paused'])
const isPrimary = (field: string) => field === 'primary_ip4' || field === 'primary_ip6'

function primaryPolicy(
  value: FieldValue | undefined,
  origin: string,
  { endpoint }: DesiredOptions
): Policy {
  if (origin === 'adopted' || endpoint.primaryIpPolicy === 'when-unset') return 'fill'
  if (endpoint.primaryIpPolicy === 'always') return 'source'
  const host = isRef(value) ? value.ref.slice(value.ref.lastIndexOf('/') + 1) : ''
  return host !== '' && inSubnet(host, endpoint.primaryIpSubnet) ? 'source' : 'fill'
}

/** Pure: the policy of a field; on adopted objects we only fill, and sets only grow. */
function policyOf(item: Item, field: string, origin: string, options: DesiredOptions): Policy {
  const spec = fieldSpec(item.kind, field)
  if (field.startsWith('cf.')) return 'own'
  if (isPrimary(field)) return primaryPolicy(item.fields[field], origin, options)
  if (spec?.type === 'set' || spec?.type === 'list') return spec.policy
  return origin === 'adopted' ? 'fill' : (spec?.policy ?? 'fill')
}

interface Sides {
  readonly want: string
  readonly now: string
  readonly base: string | undefined
}

function decide(policy: Policy, { want, now, base }: Sides, value: FieldValue): Decision {
  if (want === now) return { equal: true }
  if (want === '' && !base) return keep
  if (policy === 'source') {
    return { write: value, reason: base === want ? 'drift' : 'Proxmox says so' }
  }
  if (policy === 'own') return { write: value, reason: 'kept by Proxbox alone' }
  if (policy === 'fill') return base === undefined ? fillBlank(now, value) : keep
  return mergeValue({ want, now, base }, value)
}

const fillBlank = (now: string, value: FieldValue): Decision =>
  now === '' ? { write: value, reason: 'NetBox has nothing' } : keep

function mergeValue({ want, now, base }: Sides, value: FieldValue): Decision {
  if (base === undefined) return fillBlank(now, value)
  if (now === base) return { write: value, reason: 'changed in Proxmox' }
  return base === want ? keep : { equal: false, conflict: true }
}

const listOf = (value: FieldValue | undefined): readonly FieldValue[] =>
  Array.isArray(value) ? value : []

/** Pure: an element that we put there: by our key. What was a person's already is told by NetBox's. */
const isOurs = (one: FieldValue): boolean => isRef(one) && !one.ref.startsWith('netbox:')

/**
 * Pure: element by element: ours are added unless a person took them away, those we added and no longer want go. The
 * others stay and keep NetBox's key, so that the Ledger does not take them for ours. Lists of texts only grow.
 */
function mergeSet(
  item: Item,
  field: string,
  { current, base, origin }: Matched,
  { resolve }: DiffContext
): Decision {
  const want = listOf(item.fields[field])
  const name = (one: FieldValue) => canonical(item.kind, field, one, resolve)
  const wanted = new Map(want.map((one) => [name(one), one]))
  const now = listOf(current.fields[field])
  const has = new Set(now.map(name))
  const written = listOf(base[field])
  const before = new Set(written.map(name))
  const ours = new Map(written.filter(isOurs).map((one) => [name(one), one]))
  const added = want.filter((one) => !has.has(name(one)) && !before.has(name(one)))
  const kept = now.filter(
    (one) => origin === 'adopted' || wanted.has(name(one)) || !ours.has(name(one))
  )
  if (added.length === 0 && kept.length === now.length) {
    return { equal: [...wanted.keys()].every((one) => has.has(one)) }
  }
  const all = [...kept.map((one) => ours.get(name(one)) ?? one), ...added]
  const sorted = all.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  return { write: sorted, reason: 'elements of ours; others stay' }
}

/** Pure: a field that NetBox did not tell, though we wrote it or want nothing there: not compared. */
const isUnread = (
  want: FieldValue | undefined,
  now: FieldValue | undefined,
  base: FieldValue | undefined
): boolean => want === undefined || (now === undefined && (isBlank(want) || base !== undefined))

/** Pure: a custom field of an object that is not ours by its custom fields: what a person wrote there stays. */
const isForeign = (field: string, { origin, by, base }: Matched): boolean =>
  field.startsWith('cf.') &&
  origin === 'adopted' &&
  by !== 'custom-field' &&
  by !== 'decision' &&
  base[field] === undefined

/** Pure: a person decided that this field says what Proxmox says. */
const decided = (isEqual: boolean, value: FieldValue): Decision =>
  isEqual ? { equal: true } : { write: value, reason: 'a person decided it' }

function decideField(item: Item, field: string, matched: Matched, context: DiffContext): Decision {
  const { current, base, origin } = matched
  const spec = fieldSpec(item.kind, field)
  const value = item.fields[field]
  if (isUnread(value, current.fields[field], base[field])) return keep
  const policy = isForeign(field, matched) ? 'fill' : policyOf(item, field, origin, context.options)
  const plural = spec?.type === 'set' || spec?.type === 'list'
  if (plural && policy === 'merge') return mergeSet(item, field, matched, context)
  const text = (one: FieldValue | undefined) => canonical(item.kind, field, one, context.resolve)
  const now = text(current.fields[field])
  const written = base[field]
  const known = written === undefined ? undefined : text(written)
  const want = text(value)
  if (spec?.createOnly === true && want !== now) return keep
  if (item.kind === 'vm' && field === 'status' && !free.has(now)) return keep
  // A primary address that vanished is chosen anew; one that a person took away is not.
  const stale = isPrimary(field) && policy === 'fill' && known !== want
  if (matched.decided?.[field] !== undefined) return decided(want === now, value ?? null)
  const sides = { want, now, base: stale ? undefined : known }
  return decide(policy, sides, normal(item.kind, field, value ?? null))
}

const labelOf = (item: Item): string => {
  const { fields } = item
  const name = fields.name ?? fields.address ?? fields.mac_address ?? fields.model ?? fields.vid
  return typeof name === 'string' || typeof name === 'number' ? String(name) : item.key
}

const why = (item: Item, field: string, policy: Policy, reason: string): Why => {
  const source = item.sources?.[field]
  return { policy, reason, ...(source === undefined ? {} : { source }) }
}

/** Pure: the Change that makes a new object; blank fields need no words. */
export function createChange(item: Item, { options }: DiffContext): Change {
  const after = Object.fromEntries(
    Object.entries(item.fields).flatMap(([field, value]) => {
      const stored = normal(item.kind, field, value)
      return isBlank(stored) ? [] : [[field, stored] as const]
    })
  )
  return {
    key: item.key,
    kind: item.kind,
    action: 'create',
    netbox_id: null,
    before: {},
    after,
    why: Object.fromEntries(
      Object.keys(after).map((field) => [
        field,
        why(item, field, policyOf(item, field, 'created', options), 'new in Proxmox')
      ])
    ),
    label: labelOf(item),
    ...(item.evidence === undefined ? {} : { evidence: item.evidence }),
    origin: 'created'
  }
}

export interface ItemDiff {
  readonly change?: Change
  /** Desired values that NetBox holds and the Ledger does not know as ours yet. */
  readonly learned: Fields
  readonly notices: readonly Notice[]
}

/** Pure: desired × current × Ledger: the fields to write, what is newly known as ours, and conflicts. */
export function diffItem(item: Item, matched: Matched, context: DiffContext): ItemDiff {
  const { current, base, origin } = matched
  const before: Record<string, FieldValue> = {}
  const after: Record<string, FieldValue> = {}
  const reasons: Record<string, Why> = {}
  const learned: Record<string, FieldValue> = { ...matched.announced }
  const notices: Notice[] = []
  const text = (field: string, one: FieldValue | undefined) =>
    canonical(item.kind, field, one, context.resolve)
  for (const field of Object.keys(item.fields).sort()) {
    const value = item.fields[field] ?? null
    const decision = decideField(item, field, matched, context)
    if ('write' in decision) {
      before[field] = translated(current.fields[field] ?? null, context.ours)
      after[field] = decision.write
      reasons[field] = why(
        item,
        field,
        policyOf(item, field, origin, context.options),
        decision.reason
      )
    } else if (decision.equal && text(field, base[field]) !== text(field, value)) {
      learned[field] = normal(item.kind, field, value)
    } else if (decision.conflict === true) {
      const detail = `${field} was changed in Proxmox and in NetBox: NetBox's value stays.`
      notices.push({ key: item.key, label: current.label, code: 'ITEM_HELD', detail })
    }
  }
  if (Object.keys(after).length === 0) return { learned, notices }
  const change: Change = {
    key: item.key,
    kind: item.kind,
    action: 'update',
    netbox_id: current.netbox_id,
    before,
    after,
    why: reasons,
    label: current.label,
    ...(item.evidence === undefined ? {} : { evidence: item.evidence }),
    origin
  }
  return { change, learned, notices }
}

/** Pure: a value of NetBox with our keys where we have them. */
export function translated(value: FieldValue, ours: (ref: string) => string): FieldValue {
  if (isRef(value)) return { ref: ours(value.ref) }
  return Array.isArray(value) ? value.map((one) => translated(one, ours)) : value
}
