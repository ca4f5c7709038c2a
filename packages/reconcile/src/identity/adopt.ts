import type { CurrentItem, Item, KindName } from '@proxbox/contracts'
import { guestOf, nodeOf } from '../key-of.ts'
import { byAddress } from './adopt-address.ts'
import { byAltName } from './adopt-by-alt-name.ts'
import { clusterWays } from './adopt-cluster.ts'
import { besideOthers, bySize, bySizeInAnyBase } from './adopt-disk.ts'
import { byInterfaceName, byMac, onlyInterface, onlyOfItsForm } from './adopt-interface.ts'
import { ambiguous, byDecision, type Found, free } from './found.ts'
import type { Matching } from './matching.ts'
import { isLabelOf, lookups, refIn, textOf } from './natural.ts'

export type Adopted = { readonly item: Item; readonly found: Found }

/**
 * Pure: could this object be that Item, for all that our custom fields say of it, and the cluster that it lies in? Never
 * across clusters.
 */
function isPossible({ kind, fields }: Item, one: CurrentItem, matching: Matching): boolean {
  if (kind !== 'vm' && kind !== 'device') return true
  const [own, other] = [fields, one.fields].map((all) => textOf(all, 'cf.proxmox_cluster'))
  if (!isLabelOf(other ?? '', own ?? '')) return false
  const type = textOf(one.fields, 'cf.proxmox_vm_type')
  if (kind === 'vm') return type === '' || type === textOf(fields, 'cf.proxmox_vm_type')
  const owner = matching.claimed.get(refIn(one.fields, 'cluster', (ref) => ref))
  return owner === undefined || owner === refIn(fields, 'cluster', (ref) => ref)
}

function byName(item: Item, matching: Matching): Found | undefined {
  for (const group of lookups(item.kind, item.fields, matching.resolve)) {
    const all = new Set(group.flatMap((name) => matching.named(item.kind, name)))
    const found = free(matching, [...all]).filter((one) => isPossible(item, one, matching))
    if (found.length > 1) {
      return ambiguous(item, matching, found)
    }
    if (found[0] !== undefined) {
      return { current: found[0], by: group[0]?.startsWith('cf') ? 'custom-field' : 'name' }
    }
  }
  return undefined
}

/** The device that the node's management address lies on, unless it is another cluster's. */
function byManagement(item: Item, matching: Matching): Found | undefined {
  const host = item.evidence?.address
  if (host === undefined) return undefined
  const devices = matching.named('ip-address', `host|${host}|*`).flatMap((address) => {
    const at = matching.object(refIn(address.fields, 'assigned_object', (ref) => ref))
    const device = at?.kind === 'interface' ? refIn(at.fields, 'device', (ref) => ref) : ''
    return matching.object(device) ?? []
  })
  const found = free(matching, [...new Set(devices)]).filter(
    (one) => textOf(one.fields, 'cf.proxmox_node') === '' && isPossible(item, one, matching)
  )
  if (found.length > 1) return ambiguous(item, matching, found)
  return found[0] === undefined ? undefined : { current: found[0], by: 'address' }
}

/** MACs: same text on the same interface; an unassigned one only where we announced it. */
function macOf(item: Item, matching: Matching): Found | undefined {
  const mac = textOf(item.fields, 'mac_address')
  const at = refIn(item.fields, 'assigned_object', matching.resolve)
  const [mine] = free(matching, matching.named('mac-address', `mac_address|${mac}|${at}`))
  if (mine !== undefined) return { current: mine, by: 'mac' }
  if (!matching.intents.has(item.key)) return undefined
  const [loose] = free(matching, matching.named('mac-address', `mac_address|${mac}|`))
  return loose === undefined ? undefined : { current: loose, by: 'mac' }
}

type Way = (item: Item, matching: Matching, missing: readonly Item[]) => Found | undefined
const ways: Partial<Record<KindName, readonly Way[]>> = {
  cluster: [byDecision, ...clusterWays],
  device: [byDecision, byName, byManagement],
  interface: [byDecision, byMac, byInterfaceName, byAltName, onlyOfItsForm],
  'vm-interface': [byDecision, byMac, byInterfaceName, onlyInterface],
  'mac-address': [macOf],
  'ip-address': [byDecision, byAddress],
  disk: [byDecision, byName, bySize, bySizeInAnyBase, besideOthers]
}

/** Pure: the guest or node that an Item is a part of; '' for what is none's. */
const bearerOf = ({ key }: Item): string => guestOf(key) ?? nodeOf(key) ?? ''

/** Generator over the recognised among `missing`: each way over all Items before the next; the caller claims what is yielded. */
export function* adopt(
  kind: KindName,
  missing: readonly Item[],
  matching: Matching
): Generator<Adopted> {
  let open = missing
  for (const way of ways[kind] ?? [byDecision, byName]) {
    const rest: Item[] = []
    const byParent = Map.groupBy(open, bearerOf)
    for (const item of open) {
      const found = way(item, matching, byParent.get(bearerOf(item)) ?? [])
      if (found === undefined) rest.push(item)
      else yield { item, found }
    }
    const held = new Set(matching.held.map(({ item }) => item.key))
    open = rest.filter((item) => !held.has(item.key))
  }
}
