import { type KindName, netboxKey, type Plan } from '@proxbox/contracts'
import type { Session } from '../session.ts'
import { toldChanges } from '../told.ts'

/** Items of the Ledger whose object NetBox does not have, by their keys. */
export type Lost = ReadonlyMap<string, KindName>

export async function lostFrom({ netbox, inventory }: Session): Promise<Lost> {
  const rows = [...inventory.ledger.values()]
  const items = await netbox.read([...new Set(rows.map(({ kind }) => kind))])
  const there = new Set(items.map(({ key }) => key))
  return new Map(
    rows.flatMap(({ key, kind, netbox_id }) =>
      there.has(netboxKey(kind, netbox_id)) ? [] : [[key, kind] as const]
    )
  )
}

/** So many of a kind may have been deleted by hand. */
const mostByHand = 2

/** What people delete one by one is made again, and nobody is asked. @throws Error that tells what is held */
export function mustNotAsk({ held }: Plan, lost: Lost): void {
  const kinds = Map.groupBy(lost, ([, kind]) => kind)
  if ([...kinds.values()].some(({ length }) => length > mostByHand)) return
  const asked = held.find(({ guard }) => guard === 'vanished')
  if (asked !== undefined)
    throw new Error(`deleted by hand, and held: ${asked.reason}\n${toldChanges([asked.change])}`)
}
