import { type Fields, type FieldValue, isRef, type LedgerRow, netboxKey } from '@proxbox/contracts'
import { guestOf } from '../key-of.ts'

/** Pure: key of a guest whose VMID another one has now: the object in NetBox tells them apart. */
export const replacedKey = (guest: string, netboxId: number): string => `${guest}~n${netboxId}`

/** Pure: is this such a key? */
export const isReplaced = (guest: string): boolean => /~n\d+$/.test(guest)

/** Pure: the key that the guest had, and that another one has now. */
export const givenKey = (guest: string): string => guest.replace(/~n\d+$/, '')

/** Pure: objects of which the Ledger tells under several keys. */
export function disputedIn(ledger: readonly LedgerRow[]): ReadonlySet<string> {
  const seen = new Set<string>()
  const disputed = new Set<string>()
  for (const { kind, netbox_id } of ledger) {
    const key = netboxKey(kind, netbox_id)
    if (seen.has(key)) disputed.add(key)
    seen.add(key)
  }
  return disputed
}

/** Pure: the same key under another guest's. */
const moved = (key: string, to: ReadonlyMap<string, string>): string => {
  const guest = guestOf(key)
  const other = guest === undefined ? undefined : to.get(guest)
  return guest === undefined || other === undefined ? key : key.replace(guest, () => other)
}

function movedValue(value: FieldValue, to: ReadonlyMap<string, string>): FieldValue {
  if (isRef(value)) return { ref: moved(value.ref, to) }
  return Array.isArray(value) ? value.map((one) => movedValue(one, to)) : value
}

const movedFields = (fields: Fields, to: ReadonlyMap<string, string>): Fields =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, movedValue(value, to)]))

/**
 * Pure: rows of some guests and of their parts under other guests' keys, references included. What the Ledger has under
 * the new keys already is kept.
 */
export function rekeyed(
  ledger: readonly LedgerRow[],
  to: ReadonlyMap<string, string>
): { rows: readonly LedgerRow[]; moved: readonly LedgerRow[] } {
  if (to.size === 0) return { rows: ledger, moved: [] }
  const targets = new Set(to.values())
  const known = new Map(
    ledger.filter(({ key }) => targets.has(guestOf(key) ?? '')).map((row) => [row.key, row])
  )
  const changed: LedgerRow[] = []
  const rows = ledger.flatMap((row): LedgerRow[] => {
    if (!to.has(guestOf(row.key) ?? '')) return [row]
    const key = moved(row.key, to)
    if (known.has(key)) return []
    const other = { ...row, key, last_written: movedFields(row.last_written, to) }
    changed.push(other)
    return [other]
  })
  return { rows, moved: changed }
}
