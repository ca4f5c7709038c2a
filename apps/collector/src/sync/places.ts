import { type LedgerRow, netboxKey, type Plan } from '@proxbox/contracts'

/** Key of ours → `netbox:{kind}/{id}`. */
export type Places = ReadonlyMap<string, string>

/** Pure: where everything of ours is before anything is written: what the Ledger knows, and what the Plan found. */
export function placesFrom(
  ledger: readonly LedgerRow[],
  plan: Pick<Plan, 'adoptions' | 'changes'>
): Map<string, string> {
  const places = new Map(ledger.map((row) => [row.key, netboxKey(row.kind, row.netbox_id)]))
  for (const found of plan.adoptions) places.set(found.key, netboxKey(found.kind, found.netbox_id))
  for (const change of plan.changes) {
    if (change.action === 'create') places.delete(change.key)
    else if (change.netbox_id !== null)
      places.set(change.key, netboxKey(change.kind, change.netbox_id))
  }
  return places
}
