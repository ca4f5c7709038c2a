import { type EstateGuest, resourcesFrom } from './parse-cluster.ts'
import type { ClusterFrame } from './read-cluster.ts'
import { isReadFailure, type Reading } from './reading.ts'

/** A guest that moves is looked up again; so many new lists are read at most in one Run. */
const MAX_RELISTS = 5

/** Where a guest is now; undefined: it is gone. Callers at the same time share one list. */
export function relister(reading: Reading, frame: ClusterFrame) {
  let pending: Promise<Map<number, EstateGuest> | undefined> | undefined
  let latest = new Map<number, EstateGuest>()
  let lists = 0
  const read = async () => {
    lists += 1
    const target = { node: '', cost: 'plain' } as const
    const resources = resourcesFrom(await reading.get(target, '/cluster/resources', {}))
    const listed = new Set(resources.nodes)
    const isWhole = frame.resources.nodes.every((node) => listed.has(node))
    // Half a list proves nothing gone.
    if (!isWhole || resources.brokenGuests > 0) return undefined
    latest = new Map(resources.guests.map((guest) => [guest.vmid, guest]))
    return latest
  }
  return async (row: EstateGuest): Promise<EstateGuest | undefined> => {
    const known = latest.get(row.vmid)
    if (known !== undefined && known.node !== row.node) return known
    if (pending === undefined && lists >= MAX_RELISTS) return row
    pending ??= read().finally(() => {
      pending = undefined
    })
    try {
      const now = await pending
      // The second try on the same node then tells why it cannot be read.
      return now === undefined ? row : now.get(row.vmid)
    } catch (error) {
      if (!isReadFailure(error)) throw error
      return row
    }
  }
}
