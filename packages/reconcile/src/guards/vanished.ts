import type { Change, Intent, LedgerRow } from '@proxbox/contracts'
import type { DesiredOptions } from '../options.ts'
import { type Guarded, guardBy } from './guard.ts'

/** Pure: what vanished from NetBox in bulk (lost rights, a restored dump) is not made again without a person. */
export function vanishedInBulk(
  changes: readonly Change[],
  { ledger, intents }: { ledger: readonly LedgerRow[]; intents: readonly Intent[] },
  isThere: (row: LedgerRow) => boolean,
  { settings }: DesiredOptions
): Guarded {
  const rows = Map.groupBy(ledger, (row) => row.kind)
  const known = new Set(ledger.map((row) => row.key))
  const deleting = new Set(
    intents.filter(({ action }) => action === 'delete').map(({ key }) => key)
  )
  const bulk = new Set<string>()
  for (const [kind, all] of rows) {
    const gone = all.filter((row) => !deleting.has(row.key) && !isThere(row)).length
    const share = Math.floor((all.length * settings.change_budget_percent) / 100)
    if (gone > Math.max(settings.change_budget_minimum, share)) bulk.add(kind)
  }
  return guardBy('vanished', changes, (change) =>
    change.action === 'create' && bulk.has(change.kind) && known.has(change.key)
      ? { code: 'ITEM_HELD', reason: 'Many such objects vanished from NetBox at once.' }
      : undefined
  )
}
