import { type Estate, type Gap, type Guest, gapsOf, type LedgerRow } from '@proxbox/contracts'
import { clusterOf, guestKey, guestOf } from '../key-of.ts'

const harmless: readonly Gap['facet'][] = [
  'agent',
  'interfaces',
  'network',
  'sdn',
  'snapshots',
  'options'
]

/** Pure: does this gap make a cluster's guest list doubtful? Its certificate alone does not. */
const isDoubt = ({ scope, facet }: Gap): boolean =>
  !harmless.includes(facet) &&
  (scope === 'guests' || scope === 'nodes' || (scope === 'cluster' && facet !== 'config'))

/** A guest as the Estate has it, with its key. */
export interface Living {
  readonly key: string
  readonly clusterId: string
  readonly cluster: string
  readonly guest: Guest
}

/** Who is there and who is not, of the clusters whose guest lists were read whole. */
export interface Presence {
  /** Keys of all guests that Proxmox lists, templates included. */
  readonly living: ReadonlySet<string>
  /** Is this guest, or the guest of this part, missing from a list that was read whole? */
  isGone(key: string): boolean
}

/** Pure: a guest is gone only where the list that would hold it was read whole, and no gap is about it. */
export function presenceIn(estate: Estate): Presence {
  const gaps = gapsOf(estate)
  const doubtful = new Set(gaps.filter(isDoubt).map(({ cluster }) => cluster))
  const hidden = new Set(
    gaps
      .filter(({ scope, facet }) => scope === 'guest' && !harmless.includes(facet))
      .map(({ cluster, vmid }) => `${cluster}/${vmid}`)
  )
  const whole = new Set(
    estate.clusters
      .filter(({ clusterId, guestListWhole, quorate }) => {
        return guestListWhole && quorate && !doubtful.has(clusterId)
      })
      .map(({ clusterId }) => clusterId)
  )
  const living = new Set(
    estate.clusters.flatMap(({ clusterId, guests }) =>
      guests.map(({ type, vmid }) => guestKey(clusterId, type, vmid))
    )
  )
  const isGone = (key: string): boolean => {
    const guest = guestOf(key)
    const cluster = clusterOf(key)
    if (guest === undefined || cluster === undefined || living.has(guest)) return false
    return whole.has(cluster) && !hidden.has(`${cluster}/${vmidOf(guest)}`)
  }
  return { living, isGone }
}

/** Pure: the vmid in a guest's key, that of a replaced guest included. */
export const vmidOf = (guest: string): string =>
  guest.slice(guest.lastIndexOf('/') + 1).replace(/~.*$/, '')

/** Pure: rows of one kind that are about guests which are gone. */
export const goneRows = (
  ledger: readonly LedgerRow[],
  kind: LedgerRow['kind'],
  presence: Presence
): readonly LedgerRow[] => ledger.filter((row) => row.kind === kind && presence.isGone(row.key))
