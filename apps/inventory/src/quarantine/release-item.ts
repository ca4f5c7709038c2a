import type { Database } from '@proxbox/database'
import { spellRow } from '../changes/feed-row.ts'
import { tell } from '../changes/tell.ts'
import type { ItemRow } from '../items/item-wire.ts'
import { findItem } from '../items/list-items.ts'
import { endQuarantine } from './quarantine.ts'

/**
 * Ends an Item's quarantine by hand: the next Run sends it again. Releasing what is not quarantined changes nothing.
 *
 * @throws ProxboxError NOT_FOUND
 */
export async function releaseItem(database: Database, id: number): Promise<ItemRow> {
  const { item, quarantine } = await findItem(database, id)
  if (quarantine === null) return { item, quarantine }
  await database.transaction(async (tx) => {
    const ended = await endQuarantine(tx, item.netbox, [item.key])
    // A second quarantine of the same Run may be released as well: the moment tells the two apart.
    const of = String(quarantine.created.getTime())
    const source = { netbox: item.netbox, run_id: quarantine.runId }
    await tell(
      tx,
      ended.map((spell) => spellRow({ ...spell, of }, source))
    )
  })
  return await findItem(database, id)
}
