import type { Change, KindName, LedgerRow, Settings } from '@proxbox/contracts'
import { type Guarded, guardBy } from './guard.ts'

/** How few may be gone before it can look like many. */
const leastMany = 3

/** Kinds that are recognised by a name that others may have too: found so again, they may be someone else's. */
const weak: ReadonlySet<KindName> = new Set([
  'vm',
  'device',
  'vm-interface',
  'interface',
  'disk',
  'mac-address',
  'ip-address'
])
const weakly = new Set(['name', 'only-one'])

export interface VanishedFacts {
  /** Rows of the Ledger that this Run wants to see in NetBox. */
  readonly rows: readonly LedgerRow[]
  /** How the row's object was found: by the Ledger, by other evidence, or not at all. */
  readonly foundBy: (row: LedgerRow) => string | undefined
  /** Within which many are many. */
  readonly place: (row: Pick<LedgerRow, 'key' | 'kind'>) => string
  readonly settings: Settings
}

/** Pure: an object that the Ledger no longer leads to, whatever else was found in its stead. */
const isGone = (row: LedgerRow, by: string | undefined): boolean =>
  by === undefined || (weak.has(row.kind) && weakly.has(by))

/** Pure: the keys of what vanished from NetBox in bulk: lost rights, a restored dump. */
export function vanishedKeys({
  rows,
  foundBy,
  place,
  settings
}: VanishedFacts): ReadonlySet<string> {
  const gone = new Map<string, string[]>()
  const totals = new Map<string, number>()
  for (const row of rows) {
    const at = place(row)
    totals.set(at, (totals.get(at) ?? 0) + 1)
    if (!isGone(row, foundBy(row))) continue
    const keys = gone.get(at)
    if (keys === undefined) gone.set(at, [row.key])
    else keys.push(row.key)
  }
  return new Set(
    [...gone].flatMap(([at, keys]) => {
      const total = totals.get(at) ?? 0
      const share = Math.floor((total * settings.change_budget_percent) / 100)
      const isMost = keys.length >= leastMany && keys.length * 2 > total
      return isMost || keys.length > Math.max(settings.change_budget_minimum, share) ? keys : []
    })
  )
}

/** Pure: what vanished in bulk is neither made again nor taken for another object of that name without a person. */
export const vanishedInBulk = (
  changes: readonly Change[],
  vanished: ReadonlySet<string>
): Guarded =>
  guardBy('vanished', changes, (change) =>
    change.action !== 'delete' && vanished.has(change.key)
      ? {
          code: 'ITEM_HELD',
          reason: 'Many such objects vanished from NetBox at once: its token may have lost rights.'
        }
      : undefined
  )
