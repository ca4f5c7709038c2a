import type { Change, CurrentItem, KindName, LedgerRow } from '@proxbox/contracts'
import type { Matching } from '../identity/matching.ts'
import { guestOf } from '../key-of.ts'
import { deletion, objectOf } from './deletion.ts'
import type { LeavingMatch } from './leaving-match.ts'
import { builtUpon } from './touched.ts'

const below: Partial<Record<KindName, readonly KindName[]>> = {
  vm: ['vm-interface', 'disk'],
  'vm-interface': ['mac-address', 'ip-address'],
  interface: ['mac-address', 'ip-address']
}
const stacked = ['parent', 'bridge', 'lag']

/** Pure: everything that NetBox deletes with an object: what hangs on it, and on that. */
function partsOf(current: CurrentItem, matching: LeavingMatch): readonly CurrentItem[] {
  const direct = (below[current.kind] ?? []).flatMap((kind) => childrenIn(kind, current, matching))
  return direct.flatMap((one) => [one, ...partsOf(one, matching)])
}

const childrenIn = (kind: KindName, { key }: CurrentItem, matching: LeavingMatch) =>
  kind === 'ip-address' ? matching.assignedTo(key) : matching.childrenOf(kind, key)

/** Pure: an interface that stands upon this one, by name. */
const standsUpon = (current: CurrentItem, matching: LeavingMatch): string | undefined => {
  const device = current.kind === 'interface' ? current.fields.device : undefined
  if (typeof device !== 'object' || device === null || !('ref' in device)) return undefined
  return matching.childrenOf('interface', device.ref).find(({ fields }) =>
    stacked.some((field) => {
      const value = fields[field]
      return typeof value === 'object' && value !== null && 'ref' in value
        ? value.ref === current.key
        : false
    })
  )?.label
}

/** Pure: what a person has built upon an object or upon what goes with it. */
export function builtUponWhole(key: string, matching: LeavingMatch): string | undefined {
  const reason = builtUpon(key, matching)
  const current = matching.byKey.get(key)?.current
  if (reason !== undefined || current === undefined) return reason
  const upon = standsUpon(current, matching)
  if (upon !== undefined) return `${upon} is built upon it`
  for (const part of partsOf(current, matching)) {
    const own = matching.claimed.get(part.key)
    if (own === undefined) return `${part.label}, which hangs on it, is not ours`
    const why = builtUpon(own, matching)
    if (why !== undefined) return `${part.label}, which hangs on it, is more than ours: ${why}`
  }
  return undefined
}

/**
 * Pure: what hangs on an object that is to be deleted and does not go with it, by our keys: all that hangs on an interface;
 * a guest takes its parts along, but not what is another's by now.
 */
export function hangingOn(
  { key, kind }: Change,
  matching: LeavingMatch
): readonly { readonly key: string; readonly label: string }[] {
  const current = matching.byKey.get(key)?.current
  if (current === undefined) return []
  const parts = partsOf(current, matching).map((part) => ({
    key: matching.claimed.get(part.key) ?? part.key,
    label: part.label
  }))
  return kind === 'vm' ? parts.filter((part) => guestOf(part.key) !== key) : parts
}

/** Pure: the rows that go with deleted guests, as Changes that no step sends: they are done when their guest's is. */
export function goingWith(
  deleted: ReadonlySet<string>,
  ledger: readonly LedgerRow[],
  matching: Matching
): readonly Change[] {
  if (deleted.size === 0) return []
  return ledger.flatMap((row): Change[] => {
    const guest = guestOf(row.key)
    if (guest === undefined || guest === row.key || !deleted.has(guest)) return []
    const known = objectOf(row, matching)
    // An address that hangs on nothing does not go with the guest.
    if (known === undefined) return []
    const at = known.current.fields.assigned_object
    const isLoose = 'assigned_object' in known.current.fields && at === null
    return isLoose ? [] : [{ ...deletion(row, known, matching), goes_with: guest }]
  })
}
