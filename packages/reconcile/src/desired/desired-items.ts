import type { Estate, Guest, GuestConfig, Item, Notice, SyncType } from '@proxbox/contracts'
import { deviceKey, guestKey, guestOf } from '../key-of.ts'
import type { Cluster, Desired, DesiredOptions } from '../options.ts'
import { type AddressBook, addAddress, guestAddresses, nodeAddresses } from './addresses.ts'
import { clusterItem, type Placed, placeClusters } from './clusters.ts'
import { customFields } from './custom-fields.ts'
import { deviceItems } from './devices.ts'
import { diskItems } from './disks.ts'
import { dnsNames, withDnsNames } from './dns-names.ts'
import { isTemplate } from './is-template.ts'
import { nicVlansIn } from './nic-vlans.ts'
import { nodeInterfaceItems } from './node-interfaces.ts'
import { primaryFields } from './primary-addresses.ts'
import { type Reference, referenceOf } from './reference.ts'
import { scaffolding } from './scaffolding.ts'
import { tagItems } from './tags.ts'
import { vmInterfaceItems } from './vm-interfaces.ts'
import { guestNames, vmItems } from './vms.ts'

interface Wanted {
  readonly vms: boolean
  readonly disks: boolean
  readonly interfaces: boolean
  readonly addresses: boolean
}

/** Pure: which parts the sync types ask for; what a part refers to comes with it. */
export function wantedBy(types: readonly SyncType[]): Wanted & { readonly devices: boolean } {
  const addresses = types.includes('ip-addresses')
  const interfaces = addresses || types.includes('network-interfaces')
  const disks = types.includes('vm-disks')
  const vms = interfaces || disks || types.includes('virtual-machines')
  return { devices: vms || types.includes('devices'), vms, disks, interfaces, addresses }
}

/** Pure: the guests that a Run looks at, by key; order of the Estate's lists does not matter. */
function guestsInScope(
  cluster: Cluster,
  options: DesiredOptions
): readonly { key: string; guest: Guest }[] {
  return cluster.guests
    .map((guest) => ({ key: guestKey(cluster.clusterId, guest.type, guest.vmid), guest }))
    .filter(({ key }) => options.vmKeys?.has(key) ?? true)
    .filter(({ guest }) => options.settings.templates === 'include' || !isTemplate(guest))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
}

class Collected {
  readonly items = new Map<string, Item>()
  readonly notices: Notice[] = []
  readonly book: AddressBook
  /** Address key → DNS name. */
  readonly dnsNames = new Map<string, string>()
  constructor() {
    const { notices } = this
    this.book = { items: [], notices, taken: new Map(), waiting: new Map(), told: new Set() }
  }
  add(items: readonly Item[]): void {
    for (const item of items) if (!this.items.has(item.key)) this.items.set(item.key, item)
  }
  nameAddresses(names: ReadonlyMap<string, string>): void {
    for (const [address, name] of names) this.dnsNames.set(address, name)
  }
  extend(key: string, fields: Item['fields']): void {
    const item = this.items.get(key)
    if (item !== undefined) this.items.set(key, { ...item, fields: { ...item.fields, ...fields } })
  }
}

interface Parts {
  readonly options: DesiredOptions
  readonly reference: Reference
  readonly wanted: Wanted
  /** Keys of addresses that the Ledger has, by key of their guest. */
  readonly keptOf: ReadonlyMap<string | undefined, readonly string[]>
}

function addNodes(out: Collected, placed: Placed, { options, reference, wanted }: Parts): void {
  for (const node of placed.cluster.nodes) {
    if (!wanted.interfaces) continue
    const { items, notices } = nodeInterfaceItems(node, placed, options, reference)
    out.add(items)
    out.notices.push(...notices)
    if (!wanted.addresses) continue
    const primary = nodeAddresses(node, options).flatMap((candidate) => {
      if (!out.items.has(candidate.interfaceKey)) return []
      const key = addAddress(out.book, candidate, placed, { options, reference })
      return key !== undefined && candidate.host === node.ip ? [{ key, host: candidate.host }] : []
    })
    out.extend(deviceKey(node.nodeId), primaryFields(primary, options))
  }
}

function addGuests(out: Collected, placed: Placed, parts: Parts): void {
  const { options, wanted } = parts
  const { names, notices } = guestNames(placed, options)
  const vlansOf = nicVlansIn(placed.cluster)
  out.notices.push(...notices)
  for (const { key, guest } of guestsInScope(placed.cluster, options)) {
    const name = names.get(key)
    if (name === undefined) {
      // Where statistics are gone or the node is off, the gap says it once for all.
      if (guest.status === 'unknown') continue
      const detail = `Proxmox tells no name of guest ${guest.vmid}: it is left as it is.`
      out.notices.push({ key, label: String(guest.vmid), code: 'CONFIG_UNKNOWN', detail })
      continue
    }
    out.add(vmItems(guest, name, placed, parts))
    if (guest.config === undefined) continue
    out.notices.push(...unknownKeys(key, name, guest.config))
    if (wanted.disks) out.add(diskItems(key, guest.config, options.endpoint.diskBase))
    if (!wanted.interfaces) continue
    const { items, notices } = vmInterfaceItems(guest, key, placed, { ...parts, vlansOf })
    out.add(items)
    out.notices.push(...notices)
    if (!wanted.addresses) continue
    const addresses = guestAddresses(guest, key, options).flatMap((candidate) => {
      const address = addAddress(out.book, candidate, placed, parts)
      return address === undefined ? [] : [{ key: address, host: candidate.host }]
    })
    out.extend(key, primaryFields(addresses, options))
    out.nameAddresses(dnsNames(guest, addresses, parts.keptOf.get(key) ?? []))
  }
}

const unknownKeys = (key: string, label: string, config: GuestConfig): Notice[] =>
  config.unknownKeys.map((name) => {
    const detail = `The configuration holds ${name}, which is not known; it was left as it is.`
    return { key, label, code: 'CONFIG_UNKNOWN', detail }
  })

/**
 * Pure: what NetBox should say, as Items under their keys, in an order that does not depend on that of the Estate.
 * Clusters without a site are held; what could not be decided about one Item is a notice.
 */
export function desiredItems(estate: Estate, options: DesiredOptions): Desired {
  const wanted = wantedBy(options.syncTypes)
  if (!wanted.devices)
    return { items: [], notices: [], held: [], addresses: { waiting: [], told: new Set() } }
  const reference = referenceOf(options.reference)
  const clusters = [...estate.clusters]
    .sort((a, b) => (a.clusterId < b.clusterId ? -1 : 1))
    .map((cluster) => ({
      ...cluster,
      nodes: [...cluster.nodes].sort((a, b) => (a.nodeId < b.nodeId ? -1 : 1))
    }))
  const places = placeClusters(clusters, options, reference)
  const out = new Collected()
  out.notices.push(...places.notices)
  if (places.placed.length > 0) {
    const used = places.placed.map(({ cluster }) => cluster)
    out.add(tagItems(used, options))
    out.add(customFields())
    out.add(
      scaffolding(
        options.netboxVersion,
        used.map(({ mode }) => mode)
      )
    )
    out.add(places.items)
    out.add(places.placed.map((placed) => clusterItem(placed, options)))
    const devices = deviceItems(places.placed, options)
    out.add(devices.items)
    out.notices.push(...devices.notices)
  }
  const keptOf = Map.groupBy(options.keptAddresses ?? [], guestOf)
  const parts = { options, reference, wanted, keptOf }
  for (const placed of places.placed) addNodes(out, placed, parts)
  for (const placed of wanted.vms ? places.placed : []) addGuests(out, placed, parts)
  out.add(withDnsNames(out.book.items, out.dnsNames))
  return {
    items: [...out.items.values()],
    notices: out.notices,
    held: places.held,
    addresses: { waiting: [...out.book.waiting.values()], told: out.book.told }
  }
}
