import type { Change, HeldChange, LedgerRow, Settings } from '@proxbox/contracts'
import { isBlank } from '../canonical.ts'
import { clusterOf, nodeOf } from '../key-of.ts'
import type { Guarded } from './guard.ts'
import { onlyFields } from './parted.ts'

/** Fields that a person plans with: many of them changed at once look like a mistake. */
const weighty = new Set([
  'name',
  'cluster',
  'site',
  'tenant',
  'role',
  'vrf',
  'primary_ip4',
  'primary_ip6',
  'status'
])

/** Pure: kind and cluster, within which harm is counted. */
export const budgetPlace = (
  { key, kind }: Pick<Change, 'key' | 'kind'>,
  clusterOfNode: (nodeId: string) => string | undefined
): string => `${kind}|${clusterOf(key) ?? clusterOfNode(nodeOf(key) ?? '') ?? ''}`

/** Pure: our own status, taken back from what is listed again, is no move. */
const isTakenBack = ({ missing_since, before }: Change, field: string): boolean =>
  field === 'status' && missing_since === null && before.status === 'decommissioning'

const isMoved = (change: Change, field: string): boolean =>
  change.action === 'update' &&
  weighty.has(field) &&
  !isBlank(change.before[field]) &&
  !isTakenBack(change, field)

/** Pure: is it marked as gone, or unlinked from what it hung on? */
const isRetired = ({ action, missing_since, before, after }: Change): boolean =>
  typeof missing_since === 'string' ||
  (action === 'update' && after.assigned_object === null && !isBlank(before.assigned_object))

export interface BudgetFacts {
  readonly ledger: readonly LedgerRow[]
  /** All Items that this Run wants. */
  readonly wanted: readonly Placed[]
  readonly settings: Settings
  readonly clusterOfNode: (nodeId: string) => string | undefined
}

/** Pure: how many of so many may go: 10 %, at least 3, never more than half. */
function mostDeletes(total: number, settings: Settings): number {
  const share = Math.floor((total * settings.delete_budget_percent) / 100)
  return Math.min(Math.max(settings.delete_budget_minimum, share), Math.floor(total / 2))
}

/** Pure: how many of so many may be changed in what a person plans with, or made again: 25 %, at least 10. */
const mostChanges = (total: number, settings: Settings): number =>
  Math.max(
    settings.change_budget_minimum,
    Math.floor((total * settings.change_budget_percent) / 100)
  )

const hold = (change: Change, reason: string): HeldChange => ({
  change,
  guard: 'budget',
  code: 'ITEM_HELD',
  reason
})

/** Pure: the heavy fields are held, the others go on. */
function split(change: Change, reason: string): Guarded {
  const isHeavy = (field: string) => isMoved(change, field)
  const heavy = onlyFields(change, isHeavy)
  const light = onlyFields(change, (field) => !isHeavy(field))
  return {
    held: [hold(heavy, reason)],
    kept: Object.keys(light.after).length === 0 ? [] : [light]
  }
}

/** Pure: what happens to what the Ledger knows; what is met for the first time has nobody who built upon it yet. */
function harmOf(change: Change, known: ReadonlySet<string>): 'gone' | 'changed' | undefined {
  if (change.action === 'delete' || isRetired(change)) return 'gone'
  if (!known.has(change.key)) return undefined
  if (change.action === 'create') return 'changed'
  return Object.keys(change.after).some((field) => isMoved(change, field)) ? 'changed' : undefined
}

type Placed = Pick<Change, 'key' | 'kind'>

/** Pure: how many there are of each place: all that is known or wanted, so that what this Run makes moves no budget. */
function totalsOf(
  { ledger, wanted }: BudgetFacts,
  place: (one: Placed) => string
): ReadonlyMap<string, number> {
  const known = new Set(ledger.map(({ key }) => key))
  const totals = new Map<string, number>()
  const count = (one: Placed) => totals.set(place(one), (totals.get(place(one)) ?? 0) + 1)
  for (const row of ledger) count(row)
  for (const item of wanted) if (!known.has(item.key)) count(item)
  return totals
}

/** Pure: Changes of one sort, all of them held when they are too many. */
function withinBudget(
  changes: readonly Change[],
  { isGone, total, settings }: { isGone: boolean; total: number; settings: Settings }
): Guarded {
  const most = isGone ? mostDeletes(total, settings) : mostChanges(total, settings)
  if (changes.length <= most) return { kept: changes, held: [] }
  const what = isGone ? 'deleted, marked as stale or unlinked' : 'renamed, moved or made again'
  const reason = `${changes.length} of ${total} would be ${what} in one Run, and ${most} may be: a person must approve.`
  const parts = changes.map((change) =>
    change.action === 'update' && !isGone
      ? split(change, reason)
      : { kept: [], held: [hold(change, reason)] }
  )
  return {
    kept: parts.flatMap(({ kept }) => kept),
    held: parts.flatMap(({ held }) => held)
  }
}

/**
 * Pure: what a Run would delete, retire, make again or change in names, places, states and primary addresses, per cluster and
 * kind. Over its budget all of that sort is held for a person; nothing of it is written in part.
 */
export function budget(changes: readonly Change[], facts: BudgetFacts): Guarded {
  const { ledger, settings, clusterOfNode } = facts
  const place = (one: Placed) => budgetPlace(one, clusterOfNode)
  const known = new Set(ledger.map(({ key }) => key))
  const sorts = Map.groupBy(changes, (change) => {
    const harm = harmOf(change, known)
    return harm === undefined ? '' : `${harm}|${place(change)}`
  })
  const isHarmless = sorts.size === 0 || (sorts.size === 1 && sorts.has(''))
  if (isHarmless) return { kept: changes, held: [] }
  const totals = totalsOf(facts, place)
  const parts = [...sorts].map(([sort, all]): Guarded => {
    if (sort === '') return { kept: all, held: [] }
    const total = totals.get(sort.slice(sort.indexOf('|') + 1)) ?? 0
    return withinBudget(all, { isGone: sort.startsWith('gone|'), total, settings })
  })
  return {
    kept: parts.flatMap(({ kept }) => kept),
    held: parts.flatMap(({ held }) => held)
  }
}
