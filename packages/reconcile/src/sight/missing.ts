import { type CurrentItem, countedAt, isRef, type LedgerRow, netboxKey } from '@proxbox/contracts'
import { clusterKey, clusterOf, deviceKey, guestOf, interfaceOf, nodeOf } from '../key-of.ts'

/** An object by its NetBox key. */
export type ObjectAt = (key: string) => CurrentItem | undefined

/** Where it can be counted whether an object is there: the object itself, or the missing one that it went or hides with. */
export interface Counted {
  readonly row: LedgerRow
  readonly holder: CurrentItem
}

// Address, interface, VM, cluster, and its type.
const mostSteps = 5

/** Pure: rows of kinds that NetBox counts somewhere, whose object was not read. */
export const missingRows = (ledger: readonly LedgerRow[], objectAt: ObjectAt): LedgerRow[] =>
  ledger.filter(
    ({ kind, netbox_id }) =>
      countedAt[kind] !== undefined && objectAt(netboxKey(kind, netbox_id)) === undefined
  )

/**
 * Pure: where a missing object is counted: at its holder, else, where that is missing too, at the holder of that; undefined
 * where nothing of it was read.
 */
export function countedFor(
  row: LedgerRow,
  rows: ReadonlyMap<string, LedgerRow>,
  objectAt: ObjectAt
): Counted | undefined {
  let at: LedgerRow | undefined = row
  for (let step = 0; at !== undefined && step < mostSteps; step += 1) {
    const missing: LedgerRow[] = []
    for (const ref of holderRefs(at)) {
      const known = rows.get(ref)
      const holder = objectAt(known === undefined ? ref : netboxKey(known.kind, known.netbox_id))
      if (holder !== undefined && countedAt[at.kind]?.counts[holder.kind] !== undefined)
        return { row: at, holder }
      if (known !== undefined) missing.push(known)
    }
    at = missing[0]
  }
  return undefined
}

/** Pure: what the object hangs on, by what we wrote last, else by its key. */
function holderRefs({ kind, key, last_written: written }: LedgerRow): readonly string[] {
  const fields = countedAt[kind]?.fields ?? []
  const refs = fields.flatMap((field) => {
    const value = written[field]
    return isRef(value) ? [value.ref] : []
  })
  const named = holderByKey(kind, key)
  return refs.length > 0 || named === undefined ? refs : [named]
}

function holderByKey(kind: LedgerRow['kind'], key: string): string | undefined {
  if (kind === 'mac-address' || kind === 'ip-address') return interfaceOf(key)
  if (kind === 'vm-interface' || kind === 'disk') return guestOf(key)
  const [node, cluster] = [nodeOf(key), clusterOf(key)]
  if (kind === 'interface' && node !== undefined) return deviceKey(node)
  return kind === 'vm' && cluster !== undefined ? clusterKey(cluster) : undefined
}
