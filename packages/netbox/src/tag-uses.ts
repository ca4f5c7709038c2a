import type { NetBox } from './open-netbox.ts'
import { walkPages } from './walk-pages.ts'
import { chunksOf, idOf } from './wire.ts'

const idsPerCall = 200

/**
 * How often NetBox counts each of these tags on objects of any kind, by NetBox id. Tags that are gone are left out.
 *
 * @throws ProxboxError NETBOX_*
 */
export async function readTagUses(
  netbox: NetBox,
  ids: readonly number[],
  signal: AbortSignal
): Promise<ReadonlyMap<number, number>> {
  const uses = new Map<number, number>()
  for (const some of chunksOf([...new Set(ids)], idsPerCall)) {
    const query = { fields: 'id,tagged_items', id: some }
    for (const row of await walkPages(netbox.inside, 'extras/tags/', query, signal)) {
      const id = idOf(row)
      if (id !== undefined && typeof row.tagged_items === 'number') uses.set(id, row.tagged_items)
    }
  }
  return uses
}
