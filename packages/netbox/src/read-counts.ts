import {
  countedAt,
  type HolderCounts,
  type HoldersAsked,
  type KindName,
  kinds,
  netboxKey,
  ProxboxError
} from '@proxbox/contracts'
import type { NetBox } from './open-netbox.ts'
import { idsPerCall } from './read-items.ts'
import { walkPages } from './walk-pages.ts'
import { chunksOf, idOf, type Json } from './wire.ts'

/**
 * How many objects these holders have, whatever the token may see of them; a holder that it may not see is left out. One
 * request per kind of holder, and one more for every 350 of them.
 *
 * @throws ProxboxError NETBOX_*, but for a missing permission
 */
export async function readCounts(
  netbox: NetBox,
  asked: readonly HoldersAsked[],
  signal: AbortSignal
): Promise<HolderCounts> {
  const found = new Map<string, Partial<Record<KindName, number>>>()
  for (const holders of asked)
    for (const some of chunksOf(holders.ids, idsPerCall(holders.ids)))
      for (const row of await rowsOf(netbox, { ...holders, ids: some }, signal)) {
        const id = idOf(row)
        if (id !== undefined) found.set(netboxKey(holders.kind, id), countsIn(row, holders))
      }
  return found
}

async function rowsOf(
  { inside }: NetBox,
  { kind, ids, counting }: HoldersAsked,
  signal: AbortSignal
): Promise<readonly Json[]> {
  const fields = counting.map((one) => countedAt[one]?.counts[kind]).filter((one) => one)
  try {
    const query = { fields: ['id', ...new Set(fields)].join(','), id: [...ids] }
    return await walkPages(inside, kinds[kind].path, query, signal)
  } catch (error) {
    if (!(error instanceof ProxboxError) || error.code !== 'NETBOX_PERMISSION') throw error
    return []
  }
}

/** Pure: the counts in one row; of a list its length. */
function countsIn(row: Json, { kind, counting }: HoldersAsked) {
  const counts: Partial<Record<KindName, number>> = {}
  for (const one of counting) {
    const value = row[countedAt[one]?.counts[kind] ?? '']
    if (typeof value === 'number') counts[one] = value
    else if (Array.isArray(value)) counts[one] = value.length
  }
  return counts
}
