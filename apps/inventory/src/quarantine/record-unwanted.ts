import type { Database } from '@proxbox/database'
import { spellRow } from '../changes/feed-row.ts'
import { tell } from '../changes/tell.ts'
import { fence, type Writer } from '../db/fence.ts'
import { removeAbsent } from '../items/absent-items.ts'
import { endCreateQuarantine } from './quarantine.ts'

/**
 * Ends the quarantine of what could not be created and is wanted by a Run no more, which has compared everything: its
 * guest has left Proxmox. Updates and deletes stay: their object is there.
 */
export async function recordUnwanted(
  database: Database,
  request: Writer & { readonly keys: readonly string[] }
): Promise<{ released: number }> {
  return await database.transaction(async (tx) => {
    await fence(tx, request)
    const ended = await endCreateQuarantine(tx, request.netbox, request.keys)
    await removeAbsent(tx, request.netbox, ended)
    await tell(
      tx,
      ended.map((spell) => spellRow(spell, request))
    )
    return { released: ended.length }
  })
}
