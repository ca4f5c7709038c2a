import { type Change, isRef } from '@proxbox/contracts'

/** Pure: keys of the same kind that an object points to: a VLAN interface to its parent, a port to its bond. */
const pointsTo = ({ before }: Change): string[] =>
  Object.values(before).flatMap((value) => (isRef(value) ? [value.ref] : []))

/**
 * Pure: deletes of one kind in groups to send one after the other, so that nothing is deleted while another object of
 * this kind still points to it (NetBox refuses that). What points round in a circle goes together, last.
 */
export function deleteLayers(changes: readonly Change[]): Change[][] {
  const layers: Change[][] = []
  let open = changes
  while (open.length > 0) {
    const used = new Set(
      open.flatMap((change) => pointsTo(change).filter((key) => key !== change.key))
    )
    const free = open.filter(({ key }) => !used.has(key))
    if (free.length === 0) return [...layers, [...open]]
    layers.push(free)
    open = open.filter(({ key }) => used.has(key))
  }
  return layers
}
