import { type CurrentItem, countedAt, isRef, type LedgerRow, netboxKey } from '@proxbox/contracts'
import type { Matching } from '../identity/matching.ts'
import type { PlanInput } from '../plan-input.ts'
import { type Counted, countedFor } from './missing.ts'
import { type SeenAt, seenIn } from './seen.ts'

/** Why an object that was not read is there all the same, or may be. */
export type Sight =
  | { readonly state: 'referred'; readonly by: CurrentItem }
  | (Counted & { readonly state: 'counted'; readonly count: number; readonly seen: number })
  | { readonly state: 'uncounted' }
  | { readonly state: 'kept' }

type SightInput = Pick<PlanInput, 'current' | 'ledger' | 'intents' | 'counts' | 'fates'>

/**
 * Pure: what the Ledger knows, this Run wants, and was not read, though it is in NetBox or may be: something that was read
 * refers to it, its holder counts more than was read, or NetBox's changelog knows it and no deletion: a person may have
 * moved it to another holder. What the changelog says was deleted is not among these, nor, where it tells nothing, what
 * the counts say is gone, nor anything while nobody has asked.
 */
export function sightsIn(input: SightInput, matching: Matching): ReadonlyMap<string, Sight> {
  const deleting = new Set(
    input.intents.filter(({ action }) => action === 'delete').map(({ key }) => key)
  )
  const missing = input.ledger.filter((row) => {
    const { key, kind, netbox_id } = row
    if (matching.byKey.get(key)?.by === 'ledger' || !matching.desiredKeys.has(key)) return false
    return !deleting.has(key) && matching.object(netboxKey(kind, netbox_id)) === undefined
  })
  const sights = new Map<string, Sight>()
  if (missing.length === 0) return sights
  const referredBy = referrersIn(input.current)
  const seenAt = seenIn(input.current)
  for (const row of missing) {
    const fate = input.fates?.get(netboxKey(row.kind, row.netbox_id))
    if (fate === 'deleted') continue
    const by = referredBy.get(netboxKey(row.kind, row.netbox_id))
    const sight: Sight | undefined =
      by === undefined ? countedSight(row, { input, matching, seenAt }) : { state: 'referred', by }
    if (sight !== undefined) sights.set(row.key, sight)
    else if (fate === 'kept') sights.set(row.key, { state: fate })
  }
  return sights
}

function countedSight(
  missing: LedgerRow,
  { input, matching, seenAt }: { input: SightInput; matching: Matching; seenAt: SeenAt }
): Sight | undefined {
  const { counts } = input
  if (counts === undefined || countedAt[missing.kind] === undefined) return undefined
  const counted = countedFor(missing, matching.rows, matching.object)
  if (counted === undefined) return { state: 'uncounted' }
  const { holder, row } = counted
  const count = counts.get(holder.key)?.[row.kind]
  if (count === undefined) return { state: 'uncounted' }
  const seen = seenAt(holder.key, row.kind)
  return count > seen ? { state: 'counted', ...counted, count, seen } : undefined
}

/** Pure: NetBox key → one object that refers to it. */
function referrersIn(current: readonly CurrentItem[]): ReadonlyMap<string, CurrentItem> {
  const by = new Map<string, CurrentItem>()
  for (const item of current)
    for (const value of Object.values(item.fields)) if (isRef(value)) by.set(value.ref, item)
  return by
}
