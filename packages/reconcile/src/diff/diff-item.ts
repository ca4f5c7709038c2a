import type {
  Change,
  Conflict,
  Fields,
  FieldValue,
  Item,
  Kept,
  LedgerRow,
  Policy
} from '@proxbox/contracts'
import { canonical, isBlank, normal } from '../canonical.ts'
import type { Matched } from '../identity/matching.ts'
import type { DiffContext } from './context.ts'
import { whyOf } from './create-change.ts'
import { type Decision, decide } from './decide.ts'
import { correct, type Diffing, dispute, keep, settle, write } from './diffing.ts'
import { reachOf } from './field-reach.ts'
import { fitMode } from './fit-mode.ts'
import { mergeSet } from './merge-set.ts'
import { misplaced } from './misplaced.ts'
import { isPrimary, type Ownership, policyOf } from './policy.ts'

/** What the Ledger has of this very object beyond its base. */
export type Remembered = Pick<LedgerRow, 'kept' | 'drifts'>

export interface ItemDiff {
  readonly change?: Change
  /** Desired values that NetBox holds and the Ledger does not know as ours yet. */
  readonly learned: Fields
  /** Fields that stay as NetBox has them; of what could not be compared the Ledger's word stands. */
  readonly kept: Readonly<Record<string, Kept>>
  /** Corrections in a row, this Run's included. */
  readonly drifts: Readonly<Record<string, number>>
  readonly conflicts: readonly Conflict[]
}

/** Statuses between which Proxmox moves a VM; all others are plans of a person. */
const freeStatuses = new Set(['', 'active', 'offline', 'paused'])

/** Pure: a field that NetBox did not tell, though we wrote it or want nothing there: not compared. */
function isUnread(
  { item, matched, context }: Diffing,
  field: string,
  now: FieldValue | undefined
): boolean {
  const want = item.fields[field]
  if (want === undefined) return true
  if (now !== undefined) return false
  const reach = reachOf(item.kind, field, context)
  // What this Run makes anew has none of the values that were written once.
  const isWritten = matched.base[field] !== undefined && reach !== 'made'
  return reach === 'nowhere' || isBlank(want) || isWritten
}

/** A set with policy `fill` is written while NetBox has none of it and never was; what is missing since is left so. */
function leaveFilled(diffing: Diffing, field: string, owner: Ownership): void {
  const { item, matched, context } = diffing
  const text = (one: FieldValue) => canonical(item.kind, field, one, context.resolve)
  const now = new Set(listOf(matched.current.fields[field]).map(text))
  const wanted = listOf(item.fields[field]).filter((one) => !now.has(text(one)))
  settle(diffing, field)
  const reason = 'filled once, then left to NetBox'
  if (wanted.length > 0) keep(diffing, field, { ...owner, reason, wanted })
}

const listOf = (value: FieldValue | undefined): readonly FieldValue[] =>
  Array.isArray(value) ? value : []

function compareSet(diffing: Diffing, field: string): void {
  const { item, matched, context } = diffing
  const owner = policyOf(item, field, matched, context)
  const isFilled = matched.base[field] !== undefined || !isBlank(matched.current.fields[field])
  if (owner.policy === 'fill' && isFilled) {
    leaveFilled(diffing, field, owner)
    return
  }
  const kept = diffing.kept[field]?.wanted
  const merged = mergeSet(
    {
      item,
      field,
      policy: owner.policy,
      now: matched.current.fields[field],
      base: matched.base[field],
      left: kept
    },
    context
  )
  settle(diffing, field)
  if (merged.write !== undefined) {
    const reason = 'elements of ours; others stay'
    write(diffing, field, merged.write, whyOf(item, field, owner, reason))
    diffing.before[field] = merged.before ?? []
  }
  if (merged.learn !== undefined) diffing.learned[field] = merged.learn
  if (merged.missing.length === 0) return
  keep(diffing, field, { ...owner, reason: 'taken away in NetBox', wanted: merged.missing })
}

function follow(diffing: Diffing, field: string, owner: Ownership, decision: Decision): void {
  const { item } = diffing
  const wanted = normal(item.kind, field, item.fields[field] ?? null)
  const why = whyOf(item, field, owner, decision.reason)
  const left = { ...owner, reason: decision.reason, wanted }
  switch (decision.does) {
    case 'write':
      write(diffing, field, wanted, why)
      break
    case 'correct':
      correct(diffing, field, wanted, why)
      break
    case 'keep':
      keep(diffing, field, left)
      break
    case 'conflict':
      dispute(diffing, field, { code: decision.code, value: wanted, left })
  }
}

/** Pure: what forbids to write a field whatever its policy; undefined: its policy decides. */
function obstacle(
  { item, matched, context }: Diffing,
  field: string,
  { now, base }: { now: string; base: string | undefined }
): string | undefined {
  if (context.ruleOf(item.kind, field).spec?.createOnly === true)
    return 'NetBox takes it only when the object is made'
  const isPlanned = item.kind === 'vm' && field === 'status' && !freeStatuses.has(now)
  if (isPlanned && now !== base) return 'a status that a person has set'
  return misplaced(item, field, matched.current, context)
}

function compareOne(diffing: Diffing, field: string): void {
  const { item, matched, context } = diffing
  const text = (one: FieldValue | undefined) => canonical(item.kind, field, one, context.resolve)
  const written = matched.base[field]
  const base = written === undefined ? undefined : text(written)
  const [want, now] = [text(item.fields[field]), text(matched.current.fields[field])]
  if (want === now) {
    settle(diffing, field)
    if ((base ?? '') !== want)
      diffing.learned[field] = normal(item.kind, field, item.fields[field] ?? null)
    return
  }
  const owner = policyOf(item, field, matched, context)
  const rule = matched.decided?.[field]
  if (rule !== undefined) {
    follow(diffing, field, { ...owner, rule }, { does: 'write', reason: 'decided for Proxmox' })
    return
  }
  const reason = obstacle(diffing, field, { now, base })
  const known = base ?? blankBase(diffing, field, owner.policy)
  const sides = { want, now, base: isFree(field, owner.policy, base !== want) ? undefined : known }
  const decision: Decision =
    reason === undefined ? decide(owner.policy, sides) : { does: 'keep', reason }
  follow(diffing, field, owner, decision)
}

/**
 * Pure: a text that we did not send when we made the object was empty then, so what NetBox has of it was said since. What
 * else a new object has without our word (a status, a place) may be NetBox's own.
 */
function blankBase({ item, matched, context }: Diffing, field: string, policy: Policy) {
  const isText = context.ruleOf(item.kind, field).spec?.type === 'text'
  const isCompared = policy === 'merge' || policy === 'source'
  return isText && isCompared && matched.origin === 'created' ? '' : undefined
}

/** Pure: a primary address that vanished is chosen anew; one that a person took away is not. */
const isFree = (field: string, policy: Policy, isOther: boolean): boolean =>
  isPrimary(field) && policy === 'fill' && isOther

function compareField(diffing: Diffing, field: string): void {
  const { item, matched, context } = diffing
  const [want, now] = [item.fields[field], matched.current.fields[field]]
  const base = matched.base[field]
  const rule = context.ruleOf(item.kind, field)
  if (!rule.isSent || isUnread(diffing, field, now)) return
  const isPlain = typeof want !== 'object' && want === now && want === base
  if (isPlain) settle(diffing, field)
  else if (rule.isShared) compareSet(diffing, field)
  else compareOne(diffing, field)
}

/** Pure: desired × NetBox × Ledger, field by field: what to write, what to leave, what is newly known as ours. */
export function diffItem(
  item: Item,
  matched: Matched,
  context: DiffContext,
  remembered: Remembered
): ItemDiff {
  const { current, origin } = matched
  const diffing: Diffing = {
    item,
    matched,
    context,
    before: {},
    after: {},
    why: {},
    learned: { ...matched.announced },
    kept: { ...remembered.kept },
    drifts: { ...remembered.drifts },
    conflicts: []
  }
  for (const field of Object.keys(item.fields).sort()) compareField(diffing, field)
  fitMode(diffing)
  const { before, after, why, learned, kept, drifts, conflicts } = diffing
  const found = { learned, kept, drifts, conflicts }
  const isCorrected = Object.keys(after).some((field) => drifts[field] !== undefined)
  if (Object.keys(after).length === 0) return found
  const change: Change = {
    key: item.key,
    kind: item.kind,
    action: 'update',
    netbox_id: current.netbox_id,
    before,
    after,
    why,
    label: current.label,
    ...(item.evidence === undefined ? {} : { evidence: item.evidence }),
    origin,
    ...(isCorrected ? { drifts } : {})
  }
  return { change, ...found }
}
