import type { CurrentItem, KindName } from '@proxbox/contracts'
import { altered, type NetBoxSide } from '../sides/netbox-side.ts'

/** Ids, by kind, that a token does not see. */
export type Hidden = ReadonlyMap<KindName, ReadonlySet<number>>

/** The same NetBox through a token that does not see these objects; the real one makes such a token. */
export type Eyes = (
  netbox: NetBoxSide,
  hidden: Hidden
) => Promise<{ readonly netbox: NetBoxSide; close(): Promise<void> }>

/** Object permissions without a token: what is hidden is left out of every answer, and counted all the same. */
export const simulatedEyes: Eyes = async (netbox, hidden) => {
  const isSeen = ({ kind, netbox_id }: CurrentItem) => hidden.get(kind)?.has(netbox_id) !== true
  return {
    netbox: altered(netbox, {
      read: async (wanted) => (await netbox.read(wanted)).filter(isSeen),
      readById: async (kind, ids) => (await netbox.readById(kind, ids)).filter(isSeen),
      counts: async (asked) =>
        await netbox.counts(
          asked.map(({ kind, ids, counting }) => ({
            kind,
            ids: ids.filter((id) => hidden.get(kind)?.has(id) !== true),
            counting
          }))
        )
    }),
    close: async () => undefined
  }
}

/** So much of each of these kinds, by the last digits of the ids. */
export async function shareOf(
  netbox: NetBoxSide,
  { kinds, share }: { readonly kinds: readonly KindName[]; readonly share: number }
): Promise<Hidden> {
  const items = await netbox.read(kinds)
  return idsOf(items.filter(({ netbox_id }) => (netbox_id % 100) / 100 < share))
}

/** The ids of these objects, by kind. */
export const idsOf = (items: readonly CurrentItem[]): Hidden =>
  new Map(
    [...Map.groupBy(items, ({ kind }) => kind)].map(([kind, all]) => [
      kind,
      new Set(all.map(({ netbox_id }) => netbox_id))
    ])
  )
