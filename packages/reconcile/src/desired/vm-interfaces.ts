import type { Guest, GuestInterface, Item, Nic, Notice } from '@proxbox/contracts'
import { guestInterfaceKey, macKey } from '../key-of.ts'
import type { DesiredOptions } from '../options.ts'
import type { Placed } from './clusters.ts'
import { macItem } from './macs.ts'
import type { VlansOfNic } from './nic-vlans.ts'
import type { Reference } from './reference.ts'
import { noVlans, vlanFields } from './vlans.ts'

const stacked = /^(bond|team|vlan|br[-\d]|bridge|docker|virbr|vmbr|veth|macvlan|macvtap|lo)|[.@:]/

/** Pure: the interfaces that the guest reports under a NIC's MAC; none when two NICs share that MAC. */
export function reportedBy(guest: Guest, nic: Nic): readonly GuestInterface[] {
  const same = guest.config?.nics.filter(
    (other) => other.mac !== undefined && other.mac === nic.mac
  )
  if (nic.mac === undefined || same?.length !== 1) return []
  return (guest.interfaces ?? []).filter((one) => one.mac?.toUpperCase() === nic.mac)
}

function reportedName(guest: Guest, nic: Nic): string | undefined {
  const reported = reportedBy(guest, nic)
  const plain = reported.filter((one) => !stacked.test(one.name))
  if (plain.length === 1) return plain[0]?.name
  return reported.length === 1 ? reported[0]?.name : undefined
}

/** Pure: what the guest calls a NIC, as evidence: a person may have entered it so, whatever name the settings want. */
function guestNameOf(guest: Guest, nic: Nic): Pick<Item, 'evidence'> {
  const name = (reportedName(guest, nic) ?? nic.guestName)?.trim()
  return name ? { evidence: { guest_name: name } } : {}
}

interface Named {
  readonly name: string
  /** Where in Proxmox it was read. */
  readonly source: string
}

/** Pure: names of interfaces that NetBox still has and the configuration does not. */
const leftNames = (key: string, slots: ReadonlySet<string>, { interfaceNames }: DesiredOptions) =>
  [...(interfaceNames?.get(key) ?? [])].flatMap(([at, name]) =>
    slots.has(at.slice(at.lastIndexOf('/') + 1)) ? [] : [name]
  )

/** Pure: slot → name: the guest's when it is told, wanted and free, else netN; unique in the guest. */
function interfaceNames(
  guest: Guest,
  key: string,
  options: DesiredOptions
): ReadonlyMap<string, Named> {
  const names = new Map<string, Named>()
  const slots = new Set((guest.config?.nics ?? []).map((nic) => nic.slot))
  const taken = new Set([...slots, ...leftNames(key, slots, options)])
  for (const nic of nicsOf(guest)) {
    // Who is silent renames nothing: a container that has stopped keeps the name that it told.
    const told =
      guest.interfaces === undefined
        ? (options.lastNames?.get(guestInterfaceKey(key, nic.slot)) ?? nic.guestName)
        : reportedName(guest, nic)
    const wanted = options.useGuestAgentInterfaceName ? told?.trim().slice(0, 64) : undefined
    const name = wanted && (!taken.has(wanted) || wanted === nic.slot) ? wanted : nic.slot
    taken.add(name)
    names.set(nic.slot, { name, source: sourceOf(name, guest, nic) })
  }
  return names
}

/** Pure: a name that is not in the configuration was told by the guest: by the agent of a VM, for a container by its host. */
function sourceOf(name: string, { type }: Guest, { slot, guestName }: Nic): string {
  if (name === slot || name === guestName) return `config ${slot}`
  return type === 'qemu' ? 'agent' : 'interfaces'
}

/** Pure: NICs in the order of their numbers. */
export const nicsOf = (guest: Guest): readonly Nic[] =>
  [...(guest.config?.nics ?? [])].sort(
    (a, b) => Number(a.slot.replace(/\D+/, '')) - Number(b.slot.replace(/\D+/, ''))
  )

const vlanSources = (source: string | undefined): Record<string, string> =>
  source === undefined ? {} : { mode: source, untagged_vlan: source, tagged_vlans: source }

interface Parts {
  readonly options: DesiredOptions
  readonly reference: Reference
  readonly vlansOf: VlansOfNic
}

/** Pure: VMInterfaces and MACs of a guest whose configuration is known. */
export function vmInterfaceItems(
  guest: Guest,
  key: string,
  placed: Placed,
  { options, reference, vlansOf }: Parts
): { items: Item[]; notices: Notice[] } {
  const names = interfaceNames(guest, key, options)
  const out = { items: [] as Item[], notices: [] as Notice[] }
  for (const nic of nicsOf(guest)) {
    const own = guestInterfaceKey(key, nic.slot)
    const named = names.get(nic.slot) ?? { name: nic.slot, source: `config ${nic.slot}` }
    const label = `${guest.config?.name ?? guest.name ?? guest.vmid} ${nic.slot}`
    const known = vlansOf(nic, guest)
    const vlans =
      known === undefined
        ? noVlans
        : vlanFields({ key: own, label, ...known }, placed, options, reference)
    out.notices.push(...vlans.notices)
    out.items.push(...vlans.items, {
      key: own,
      kind: 'vm-interface',
      fields: {
        virtual_machine: { ref: key },
        name: named.name,
        enabled: !nic.linkDown,
        // Without one of its own it has the bridge's, as with 1 (qm.conf).
        mtu: nic.mtu === undefined || nic.mtu === 1 ? null : nic.mtu,
        ...vlans.fields,
        ...(nic.bridge === undefined ? {} : { description: nic.bridge }),
        ...(nic.mac === undefined ? {} : { primary_mac_address: { ref: macKey(own, nic.mac) } })
      },
      sources: {
        name: named.source,
        enabled: `config ${nic.slot}`,
        ...vlanSources(known?.source)
      },
      ...guestNameOf(guest, nic)
    })
    if (nic.mac !== undefined) out.items.push(macItem(own, nic.mac))
  }
  return out
}
