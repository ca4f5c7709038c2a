import type { CurrentItem, Item, KindName } from '@proxbox/contracts'
import { guestOf } from '../key-of.ts'
import { byAddress } from './adopt-address.ts'
import { byAltName } from './adopt-by-alt-name.ts'
import { ambiguous, byDecision, type Found, free } from './found.ts'
import type { Matching } from './match.ts'
import { isLabelOf, lookups, refIn, textOf } from './natural.ts'

export type Adopted = { readonly item: Item; readonly found: Found }

/** Evidence of a cluster's Item: the Endpoint names it, so it is that one wherever it is. */
const named = (item: Item): string[] =>
  item.evidence?.netbox_cluster === undefined
    ? []
    : [`name|${item.evidence.netbox_cluster.trim().toLowerCase()}|*`]

/** Pure: could this object be that Item, for all that our custom fields say of it? Never across clusters. */
function isPossible({ kind, fields }: Item, one: CurrentItem): boolean {
  const agrees = (field: string) =>
    textOf(one.fields, field) === '' || textOf(one.fields, field) === textOf(fields, field)
  if (kind === 'vm') return agrees('cf.proxmox_vm_type')
  const label = 'cf.proxmox_cluster'
  return kind !== 'cluster' || isLabelOf(textOf(one.fields, label), textOf(fields, label))
}

function byName(item: Item, matching: Matching): Found | undefined {
  const names = [...lookups(item.kind, item.fields, matching.resolve), ...named(item)]
  for (const name of names) {
    const found = free(matching, matching.named(item.kind, name)).filter((one) =>
      isPossible(item, one)
    )
    if (found.length > 1) {
      return ambiguous(item, matching, found)
    }
    if (found[0] !== undefined) {
      return { current: found[0], by: name.startsWith('cf') ? 'custom-field' : 'name' }
    }
  }
  return undefined
}

/** A cluster that a person has put into a location of the site lies in that site too: NetBox takes no second one of its name. */
function byLocation(item: Item, matching: Matching): Found | undefined {
  const site = refIn(item.fields, 'scope', matching.resolve)
  const isThere = ({ fields }: CurrentItem): boolean => {
    const at = matching.object(refIn(fields, 'scope', (ref) => ref))
    return at?.kind === 'location' && refIn(at.fields, 'site', (ref) => ref) === site
  }
  const name = `name|${textOf(item.fields, 'name')}|*`
  const found = free(matching, matching.named('cluster', name)).filter(
    (one) => isThere(one) && isPossible(item, one)
  )
  if (found.length > 1) return ambiguous(item, matching, found)
  return found[0] === undefined ? undefined : { current: found[0], by: 'name' }
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
    (one) => textOf(one.fields, 'cf.proxmox_node') === ''
  )
  if (found.length > 1) return ambiguous(item, matching, found)
  return found[0] === undefined ? undefined : { current: found[0], by: 'address' }
}

/** Interfaces: by MAC, else by name, netN included. */
function byMac(item: Item, matching: Matching): Found | undefined {
  const parent = refIn(
    item.fields,
    item.kind === 'interface' ? 'device' : 'virtual_machine',
    matching.resolve
  )
  const siblings = free(matching, matching.childrenOf(item.kind, parent))
  if (siblings.length === 0) return undefined
  const primary = refIn(item.fields, 'primary_mac_address', (ref) => ref)
  const mac = primary.slice(primary.lastIndexOf('/') + 1).toLowerCase()
  const same = siblings.filter((one) =>
    matching
      .childrenOf('mac-address', one.key)
      .some((known) => mac !== '' && textOf(known.fields, 'mac_address') === mac)
  )
  if (same.length === 1 && same[0] !== undefined) return { current: same[0], by: 'mac' }
  const slot = item.key.slice(item.key.lastIndexOf('/') + 1).toLowerCase()
  const names = [textOf(item.fields, 'name'), slot]
  for (const name of names) {
    const found = siblings.find((one) => textOf(one.fields, 'name') === name)
    if (found !== undefined) return { current: found, by: 'name' }
  }
  return undefined
}

function onlyOne(item: Item, missing: readonly Item[], matching: Matching): Found | undefined {
  const field = item.kind === 'interface' ? 'device' : 'virtual_machine'
  const parent = refIn(item.fields, field, matching.resolve)
  const siblings = matching.childrenOf(item.kind, parent)
  const wanted = missing.filter((one) => guestOf(one.key) === guestOf(item.key))
  const alone = siblings.length === 1 && wanted.length === 1 ? siblings[0] : undefined
  return alone === undefined || matching.claimed.has(alone.key)
    ? undefined
    : { current: alone, by: 'only-one' }
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

/** Disks beside hand-made ones: the only one of equal size, else held, never added beside them. */
function diskOf(item: Item, matching: Matching, missing: readonly Item[]): Found | undefined {
  const vm = refIn(item.fields, 'virtual_machine', matching.resolve)
  const strangers = free(matching, matching.childrenOf('disk', vm))
  if (strangers.length === 0) return undefined
  const equal = strangers.filter((one) => one.fields.size === item.fields.size)
  const rivals = missing.filter((one) => one.fields.size === item.fields.size)
  const isOnly = equal.length === 1 && rivals.length === 1
  if (isOnly && equal[0] !== undefined) return { current: equal[0], by: 'only-one' }
  const reason = 'The VM has disks in NetBox that are not ours: ours are not added beside them.'
  return ambiguous(item, matching, equal.length > 0 ? equal : strangers, reason)
}

type Way = (item: Item, matching: Matching, missing: readonly Item[]) => Found | undefined
const ways: Partial<Record<KindName, readonly Way[]>> = {
  cluster: [byDecision, byName, byLocation],
  device: [byDecision, byName, byManagement],
  interface: [byDecision, byMac, byAltName],
  'vm-interface': [
    byDecision,
    byMac,
    (item, matching, missing) => onlyOne(item, missing, matching)
  ],
  'mac-address': [macOf],
  'ip-address': [byDecision, byAddress],
  disk: [byDecision, byName, diskOf]
}

/** Generator over the recognised among `missing`: each way over all Items before the next; the caller claims what is yielded. */
export function* adopt(
  kind: KindName,
  missing: readonly Item[],
  matching: Matching
): Generator<Adopted> {
  let open = missing
  for (const way of ways[kind] ?? [byDecision, byName]) {
    const rest: Item[] = []
    const byParent = Map.groupBy(open, (item) => guestOf(item.key) ?? '')
    for (const item of open) {
      const found = way(item, matching, byParent.get(guestOf(item.key) ?? '') ?? [])
      if (found === undefined) rest.push(item)
      else yield { item, found }
    }
    const held = new Set(matching.held.map(({ item }) => item.key))
    open = rest.filter((item) => !held.has(item.key))
  }
}
