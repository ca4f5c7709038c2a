import type { Change, Fields, HeldChange, LedgerRow, Settings } from '@proxbox/contracts'
import { isBlank } from '../canonical.ts'
import { clusterOf, nodeOf } from '../key-of.ts'
import type { Guarded } from './guard.ts'

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
const budgetPlace = (
  { key, kind }: Pick<Change, 'key' | 'kind'>,
  clusterOfNode: (nodeId: string) => string | undefined
): string => `${kind}|${clusterOf(key) ?? clusterOfNode(nodeOf(key) ?? '') ?? ''}`

const isMoved = (change: Change, field: string): boolean =>
  change.action === 'update' && weighty.has(field) && !isBlank(change.before[field])

interface BudgetFacts {
  readonly ledger: readonly LedgerRow[]
  readonly settings: Settings
  readonly clusterOfNode: (nodeId: string) => string | undefined
}

/** Pure: how many of so many may go: 10 %, at least 3, never more than half. */
function mostDeletes(total: number, settings: Settings): number {
  const share = Math.floor((total * settings.delete_budget_percent) / 100)
  return Math.min(Math.max(settings.delete_budget_minimum, share), Math.ceil(total / 2))
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

const only = (change: Change, test: (field: string) => boolean): Change => {
  const pick = (fields: Fields) =>
    Object.fromEntries(Object.entries(fields).filter(([field]) => test(field)))
  return { ...change, before: pick(change.before), after: pick(change.after) }
}

/** Pure: the heavy fields are held, the others go on. */
function split(change: Change, reason: string): Guarded {
  const isHeavy = (field: string) => isMoved(change, field)
  const heavy = only(change, isHeavy)
  const light = only(change, (field) => !isHeavy(field))
  return {
    held: [hold(heavy, reason)],
    kept: Object.keys(light.after).length === 0 ? [] : [light]
  }
}

const harmOf = (change: Change, known: ReadonlySet<string>): 'deleted' | 'changed' | undefined => {
  if (change.action === 'delete') return 'deleted'
  if (change.action === 'create') return known.has(change.key) ? 'changed' : undefined
  return Object.keys(change.after).some((field) => isMoved(change, field)) ? 'changed' : undefined
}

function totalsOf(
  ledger: readonly LedgerRow[],
  place: (row: LedgerRow) => string
): ReadonlyMap<string, number> {
  const totals = new Map<string, number>()
  for (const row of ledger) totals.set(place(row), (totals.get(place(row)) ?? 0) + 1)
  return totals
}

/** Pure: Changes of one sort, all of them held when they are too many. */
function withinBudget(
  changes: readonly Change[],
  { isDelete, total, settings }: { isDelete: boolean; total: number; settings: Settings }
): Guarded {
  const most = isDelete ? mostDeletes(total, settings) : mostChanges(total, settings)
  if (changes.length <= most) return { kept: changes, held: [] }
  const what = isDelete ? 'deleted' : 'renamed, moved or made again'
  const reason = `${changes.length} of ${total} would be ${what} in one Run, and ${most} may be: a person must approve.`
  const parts = changes.map((change) =>
    change.action === 'update' ? split(change, reason) : { kept: [], held: [hold(change, reason)] }
  )
  return {
    kept: parts.flatMap(({ kept }) => kept),
    held: parts.flatMap(({ held }) => held)
  }
}

/**
 * Pure: what a Run would delete, make again or change in names, places, states and primary addresses, per cluster and
 * kind. Over its budget all of that sort is held for a person; nothing of it is written in part.
 */
export function budget(changes: readonly Change[], facts: BudgetFacts): Guarded {
  const { ledger, settings, clusterOfNode } = facts
  const place = (one: Pick<Change, 'key' | 'kind'>) => budgetPlace(one, clusterOfNode)
  const totals = totalsOf(ledger, place)
  const known = new Set(ledger.map(({ key }) => key))
  const sorts = Map.groupBy(changes, (change) => {
    const harm = harmOf(change, known)
    return harm === undefined ? '' : `${harm}|${place(change)}`
  })
  const parts = [...sorts].map(([sort, all]): Guarded => {
    if (sort === '') return { kept: all, held: [] }
    const total = totals.get(sort.slice(sort.indexOf('|') + 1)) ?? 0
    return withinBudget(all, { isDelete: sort.startsWith('deleted|'), total, settings })
  })
  return {
    kept: parts.flatMap(({ kept }) => kept),
    held: parts.flatMap(({ held }) => held)
  }
}
