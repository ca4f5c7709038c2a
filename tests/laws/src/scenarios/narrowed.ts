import type { KindName } from '@proxbox/contracts'
import { Session } from '../session.ts'
import { altered } from '../sides/netbox-side.ts'
import type { Lab } from './lab.ts'

/** The same lab through a token that may not see these kinds. */
export function withoutKinds({ session, netbox: side }: Lab, hidden: readonly KindName[]): Session {
  const netbox = altered(side, {
    read: async (kinds) => await side.read(kinds.filter((kind) => !hidden.includes(kind))),
    readById: async (kind, ids) => (hidden.includes(kind) ? [] : await side.readById(kind, ids)),
    counts: async (asked) => await side.counts(asked.filter(({ kind }) => !hidden.includes(kind)))
  })
  return new Session(netbox, { ...session.options, inventory: session.inventory })
}

/** The same lab through a token that may not see the object under this key. */
export function withoutObject(lab: Lab, key: string): Session {
  const { session, netbox: side } = lab
  const { kind, netbox_id } = lab.row(key)
  const isSeen = (item: { kind: KindName; netbox_id: number }) =>
    item.kind !== kind || item.netbox_id !== netbox_id
  const netbox = altered(side, {
    read: async (kinds) => (await side.read(kinds)).filter(isSeen),
    readById: async (of, ids) => (await side.readById(of, ids)).filter(isSeen)
  })
  return new Session(netbox, { ...session.options, inventory: session.inventory })
}
