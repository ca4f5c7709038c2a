import { type CurrentItem, type Item, kinds } from '@proxbox/contracts'
import { clusterOf, deviceKey, guestOf, nodeOf } from '../key-of.ts'
import { conflictOf } from './conflicts.ts'
import { ambiguous, type Found, free, hold } from './found.ts'
import type { Matching } from './matching.ts'
import { namesOf, refIn } from './natural.ts'

const ownerOf = (one: CurrentItem): string => refIn(one.fields, 'assigned_object', (ref) => ref)

/** Pure: what an interface hangs on, as NetBox key; '' for nothing. */
const holderOf = (at: CurrentItem | undefined): string =>
  at === undefined ? '' : refIn(at.fields, kinds[at.kind].parent ?? '', (ref) => ref)

/** Pure: key of the guest or node that an address or its key is of. */
function bearerOf(key: string): string | undefined {
  const node = nodeOf(key)
  return node === undefined ? guestOf(key) : deviceKey(node)
}

/** An address that a person has put on another interface of the same guest or node: it is ours, and stays there. */
function beside(item: Item, all: readonly CurrentItem[], matching: Matching): Found | undefined {
  const bearer = matching.resolve(bearerOf(item.key) ?? '')
  const own = free(matching, all).filter(
    (one) => holderOf(matching.object(ownerOf(one))) === bearer
  )
  return own.length === 1 && own[0] !== undefined ? { current: own[0], by: 'address' } : undefined
}

/**
 * Addresses: ours by interface, else by guest or node, else one that is assigned to nobody, else one that its holder
 * yields; others' stay.
 */
export function byAddress(item: Item, matching: Matching): Found | undefined {
  const [name = ''] = namesOf('ip-address', item.fields, matching.resolve)
  const all = matching.named('ip-address', name)
  if (all.length === 0) return undefined
  const wanted = refIn(item.fields, 'assigned_object', matching.resolve)
  const mine = free(matching, all).find((one) => ownerOf(one) === wanted)
  if (mine !== undefined) return { current: mine, by: 'address' }
  const other = beside(item, all, matching)
  if (other !== undefined) return other
  const loose = free(matching, all).filter((one) => ownerOf(one) === '')
  if (loose.length === 1 && loose[0] !== undefined) return { current: loose[0], by: 'address' }
  if (loose.length > 1) {
    const reason = `NetBox has this address ${loose.length} times.`
    return ambiguous(item, matching, loose, reason)
  }
  for (const one of all) {
    const found = yielded(item, one, matching)
    if (found !== undefined) return found
  }
  const [strange] = all.filter((one) => !ownerOf(one).startsWith('netbox:fhrp-group/'))
  if (strange !== undefined) return taken(item, strange, matching)
  matching.left.add(item.key)
  return undefined
}

/** An address that we made for what does not have it any more: another interface of its guest or node, or a stale Item. */
function yielded(item: Item, other: CurrentItem, matching: Matching): Found | undefined {
  const key = matching.claimed.get(other.key)
  const known = key === undefined ? undefined : matching.byKey.get(key)
  if (key === undefined || known === undefined || matching.desiredKeys.has(key)) return undefined
  const isMine = bearerOf(key) === bearerOf(item.key)
  if (!isMine && !isOfOneCluster(key, item.key, matching)) return undefined
  if (!isMine && !(known.origin === 'created' && isStale(key, other, matching))) return undefined
  return { current: other, by: 'address', origin: known.origin, moved: true, base: known.base }
}

/**
 * Pure: are both of one cluster? Two clusters may use the same addresses: what a guest or node of one has lost, none of
 * another inherits, nor does one of which nobody knows any more where it was.
 */
function isOfOneCluster(one: string, other: string, matching: Matching): boolean {
  const of = (key: string) => clusterOf(key) ?? matching.clusterOfNode(nodeOf(key) ?? '')
  return of(one) !== undefined && of(one) === of(other)
}

/** Pure: its guest is gone, or it was missing from a whole list before this Run; NetBox moves no living guest's primary. */
function isStale(key: string, address: CurrentItem, matching: Matching): boolean {
  if (matching.presence.isGone(key)) return true
  const since = matching.rows.get(key)?.first_missing_at ?? null
  const holder = matching.object(holderOf(matching.object(ownerOf(address))))
  const isPrimary = ['primary_ip4', 'primary_ip6'].some(
    (field) => holder !== undefined && refIn(holder.fields, field, (ref) => ref) === address.key
  )
  return since !== null && !isPrimary
}

/** Another's address: a conflict, unless a person decided to leave it or to move it here. */
function taken(item: Item, other: CurrentItem, matching: Matching): Found | undefined {
  const rule = matching.decisions.of(item.key, 'assigned_object', 'address-taken')
  if (rule?.decision === 'netbox') {
    matching.left.add(item.key)
    return undefined
  }
  if (rule?.decision === 'proxmox') {
    const decided = { assigned_object: `decision ${rule.id}` }
    return { current: other, by: 'decision', moved: true, decided }
  }
  const owner = ownerName(ownerOf(other), matching)
  const ours = bearerName(item, matching)
  const reason = `${other.label}, which ${ours} has in Proxmox, belongs to ${owner} in NetBox and is not moved.`
  matching.conflicts.push(
    conflictOf(item, 'address-taken', {
      field: 'assigned_object',
      detail: reason,
      object: other,
      proxmox: item.fields.assigned_object ?? null,
      netbox: other.fields.assigned_object ?? null,
      decisions: [
        { decision: 'netbox', does: `The address stays with ${owner}.` },
        {
          decision: 'proxmox',
          does: `The address is moved to ${ours}; NetBox refuses that while it is the primary one of ${owner}.`
        }
      ]
    })
  )
  return hold(matching, item, 'ADDRESS_TAKEN', reason)
}

/** Pure: what holds an address, for people: the interface and the guest or device that it is of. */
function ownerName(holder: string, matching: Matching): string {
  const at = matching.object(holder)
  if (at === undefined) return holder === '' ? 'nothing, though another Item is it' : holder
  const of = matching.object(holderOf(at))?.label
  return of === undefined ? at.label : `${of} / ${at.label}`
}

/** Pure: what has an address in Proxmox, for people: the guest or node, and its interface. */
function bearerName(item: Item, { desired }: Matching): string {
  const at = refIn(item.fields, 'assigned_object', (ref) => ref)
  const names = [bearerOf(item.key) ?? '', at].flatMap((key) => desired.get(key)?.fields.name ?? [])
  return names.length === 0 ? at : names.join(' / ')
}
