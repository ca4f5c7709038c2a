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

/** Pure: are these so many that it is hardly a person who deleted them? */
function isBulk(gone: number, total: number, settings: Settings): boolean {
  const share = Math.floor((total * settings.change_budget_percent) / 100)
  if (gone >= leastMany && gone * 2 > total) return true
  return gone > Math.max(settings.change_budget_minimum, share)
}

/** Pure: the keys of what vanished from NetBox, many at once: that is a token that lost rights, or a restored dump. */
export function vanishedKeys(facts: VanishedFacts): ReadonlySet<string> {
  const { rows, foundBy, place, settings } = facts
  const lost = rows.filter((row) => isGone(row, foundBy(row)))
  if (lost.length === 0) return new Set()
  const gone = Map.groupBy(lost, place)
  const totals = new Map<string, number>()
  for (const row of rows) totals.set(place(row), (totals.get(place(row)) ?? 0) + 1)
  const vanished = [...gone].flatMap(([at, all]) =>
    isBulk(all.length, totals.get(at) ?? 0, settings) ? all : []
  )
  return new Set(vanished.map(({ key }) => key))
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
          reason:
            'Such objects vanished from NetBox, and hardly by hand: its token may have lost rights.'
        }
      : undefined
  )
