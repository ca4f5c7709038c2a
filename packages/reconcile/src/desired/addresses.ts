import type { Guest, Item, Node, Notice, SeenAddress } from '@proxbox/contracts'
import ipaddr from 'ipaddr.js'
import { hostOf } from '../canonical.ts'
import { addressKey, guestInterfaceKey, guestOf, nodeInterfaceKey } from '../key-of.ts'
import type { DesiredOptions } from '../options.ts'
import type { Candidate } from './candidate.ts'
import type { Placed } from './clusters.ts'
import { toldBy } from './evidence.ts'
import type { Reference } from './reference.ts'
import { nicsOf, reportedBy } from './vm-interfaces.ts'
import { waitingSince } from './waiting-since.ts'

/** What no interface has, or names no host. Ranges that are only reserved are in use in laboratories. */
const never = new Set(['loopback', 'unspecified', 'multicast', 'broadcast'])

/** Pure: host and bits in one spelling, without zone; undefined for what is not written to NetBox. */
function parsed(text: string, fixed: boolean, options: DesiredOptions) {
  const [host = '', mask] = [hostOf(text), text.split('/')[1]]
  if (!ipaddr.isValid(host)) return undefined
  const address = ipaddr.parse(host)
  const whole = address.kind() === 'ipv4' ? 32 : 128
  const bits = mask === undefined ? whole : Number(mask)
  if (!Number.isInteger(bits) || bits < 1 || bits > whole) return undefined
  const range = address.range()
  const linkLocal = range === 'linkLocal'
  if (linkLocal && (whole === 32 || options.ignoreIpv6LinkLocal)) return undefined
  if (never.has(range)) return undefined
  if (bits === whole && !fixed) return undefined
  if (isEdge(address, bits, whole)) return undefined
  return { host: address.toString(), bits }
}

/** Pure: is this the network's own or its broadcast address, which no interface may have? */
function isEdge(address: ipaddr.IPv4 | ipaddr.IPv6, bits: number, whole: number): boolean {
  if (bits >= whole - 1) return false
  const bytes = address.toByteArray()
  let zeros = true
  let ones = true
  for (let bit = bits; bit < whole; bit++) {
    const set = (((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1) === 1
    if (set) zeros = false
    else ones = false
  }
  return zeros || (ones && whole === 32)
}

/** Pure: addresses of a guest by NIC, the guest's own word before the configuration's, in a stable order. */
export function guestAddresses(
  guest: Guest,
  key: string,
  options: DesiredOptions
): readonly Candidate[] {
  const tellers = toldBy(guest)
  return nicsOf(guest).flatMap((nic) => {
    const fixed = new Set(nic.addresses.map((text) => hostOf(text)))
    const told = reportedBy(guest, nic).flatMap((one) =>
      one.addresses.map((address) => `${hostOf(address.address)}/${address.prefixLength}`)
    )
    const found = new Map<string, Candidate>()
    for (const text of [...[...told].sort(), ...[...nic.addresses].sort()]) {
      const address = parsed(text, fixed.has(hostOf(text)), options)
      if (address === undefined || found.has(address.host)) continue
      found.set(address.host, {
        interfaceKey: guestInterfaceKey(key, nic.slot),
        holder: `${guest.config?.name ?? guest.name ?? guest.vmid} ${nic.slot}`,
        ...address,
        fixed: fixed.has(hostOf(text)),
        evidence: tellers(hostOf(text))
      })
    }
    return [...found.values()]
  })
}

/** Pure: addresses that a node's own configuration gives its interfaces. */
export const nodeAddresses = (node: Node, options: DesiredOptions): readonly Candidate[] =>
  (node.interfaces ?? []).flatMap((one) =>
    [...one.addresses].sort().flatMap((text) => {
      const address = parsed(text, true, options)
      const interfaceKey = nodeInterfaceKey(node.nodeId, one.name)
      return address === undefined
        ? []
        : [{ interfaceKey, holder: `${node.name} ${one.name}`, ...address, fixed: true }]
    })
  )

export interface AddressBook {
  readonly items: Item[]
  readonly notices: Notice[]
  /** `vrf|host` → key of the Item that has it. */
  readonly taken: Map<string, { readonly key: string; readonly holder: string }>
  /** Addresses that are seen, and not yet for long enough: no Items, and nobody's primary ones. */
  readonly waiting: Map<string, SeenAddress>
  /** Keys of all addresses. */
  readonly told: Set<string>
}

/** Pure: which of two guests of one name. */
const ofGuest = (key: string): string => {
  const guest = guestOf(key)
  return guest === undefined ? '' : ` of guest ${guest.slice(guest.lastIndexOf('/') + 1)}`
}

/** Adds the Item of one address to the book, unless it waits, has no clear VRF, or another Item has it. */
export function addAddress(
  book: AddressBook,
  candidate: Candidate,
  placed: Placed,
  { options, reference }: { options: DesiredOptions; reference: Reference }
): string | undefined {
  const { interfaceKey, host, bits, holder } = candidate
  const key = addressKey(interfaceKey, host)
  const label = `${host}/${bits}`
  const vrf = reference.vrf(host, placed.site)
  const isThere = vrf !== 'several' && reference.hasAddress(host, vrf)
  const since = waitingSince(candidate, key, options, isThere)
  book.told.add(key)
  if (since !== undefined) {
    book.waiting.set(key, { key, label, holder, since })
    return undefined
  }
  if (vrf === 'several') {
    const detail = 'Prefixes of equal length in several VRFs hold this address: it is left out.'
    book.notices.push({ key, label, code: 'ITEM_AMBIGUOUS', detail })
    return undefined
  }
  const owner = book.taken.get(`${vrf ?? ''}|${host}`)
  if (owner?.key === key) return key
  if (owner !== undefined) {
    const isTwin = holder === owner.holder
    const [own, other] = [interfaceKey, owner.key].map((one) => (isTwin ? ofGuest(one) : ''))
    const detail = `${holder}${own} has the address ${host}, which ${owner.holder}${other} has too and keeps.`
    book.notices.push({ key, label, code: 'ADDRESS_TAKEN', detail })
    return undefined
  }
  book.taken.set(`${vrf ?? ''}|${host}`, { key, holder })
  book.items.push({
    key,
    kind: 'ip-address',
    fields: {
      address: label,
      ...(vrf === null ? {} : { vrf: { ref: vrf } }),
      status: 'active',
      assigned_object: { ref: interfaceKey }
    },
    sources: { address: candidate.fixed ? 'config' : 'agent' },
    ...(candidate.evidence === undefined ? {} : { evidence: { ...candidate.evidence } })
  })
  return key
}
