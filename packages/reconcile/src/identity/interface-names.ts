import { type CurrentItem, type LedgerRow, netboxKey } from '@proxbox/contracts'
import { isOverdue } from '../going-away/is-overdue.ts'
import { guestOf } from '../key-of.ts'
import type { DesiredOptions } from '../options.ts'

/**
 * Pure: the names of our interfaces in NetBox, by key of their guest and of themselves: whoever is missing for a time that
 * is not over keeps its name, and no other interface of its guest gets it. Who may be deleted in this Run gives it away.
 */
export function interfaceNamesIn(
  {
    current,
    ledger
  }: { readonly current: readonly CurrentItem[]; readonly ledger: readonly LedgerRow[] },
  { settings, now }: Pick<DesiredOptions, 'settings' | 'now'>
): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const objects = new Map(
    current.flatMap(({ kind, key, fields }) =>
      kind === 'vm-interface' ? [[key, fields] as const] : []
    )
  )
  const names = new Map<string, Map<string, string>>()
  for (const { key, kind, netbox_id, origin, first_missing_at: since } of ledger) {
    const guest = kind === 'vm-interface' ? guestOf(key) : undefined
    const name = objects.get(netboxKey(kind, netbox_id))?.name
    if (guest === undefined || typeof name !== 'string') continue
    if (origin === 'created' && isOverdue(since, settings.address_grace_days, now)) continue
    names.set(guest, (names.get(guest) ?? new Map()).set(key, name))
  }
  return names
}
