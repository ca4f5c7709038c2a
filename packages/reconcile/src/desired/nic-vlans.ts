import type { ClusterEstate, Guest, Nic, NodeInterface, Vnet } from '@proxbox/contracts'

/**
 * How what is sent untagged into a bridge leaves for the physical network: under a VLAN id of it, untagged (null), or
 * inside something else, where a VLAN id says nothing to the switches outside; undefined: not known.
 */
type Way = number | null | 'inside' | undefined

export interface NicVlans {
  readonly untagged?: number
  readonly tagged: readonly number[]
  /** Where in Proxmox it was read. */
  readonly source: string
}

export type VlansOfNic = (nic: Nic, guest: Pick<Guest, 'node'>) => NicVlans | undefined

/** Pure: how the VLANs of the NICs of a cluster are told; what each NIC of a node needs is worked out once. */
export function nicVlansIn({ nodes, vnets = [] }: ClusterEstate): VlansOfNic {
  const byNode = new Map(
    nodes.flatMap(({ name, interfaces, networkStaged }) =>
      // What is staged may differ from what is in force in any line.
      interfaces === undefined || networkStaged === true ? [] : [[name, byName(interfaces)]]
    )
  )
  const byVnet = new Map(vnets.map((vnet) => [vnet.name, vnet]))
  return (nic, { node }) => {
    if (nic.bridge === undefined) return { tagged: [], source: `config ${nic.slot}` }
    const interfaces = byNode.get(node)
    const at = { bridge: nic.bridge, vnet: byVnet.get(nic.bridge) }
    return interfaces === undefined ? undefined : vlansAt(nic, at, interfaces)
  }
}

/**
 * Pure: the VLANs of the physical network that a NIC is in. None at all, where it is known to be in none; undefined where
 * its bridge, or what lies under that, is not known: then nothing may be said of its VLANs, its own tag included, since a
 * tag inside another VLAN is not the VLAN of that id.
 */
function vlansAt(
  nic: Nic,
  { bridge, vnet }: { readonly bridge: string; readonly vnet: Vnet | undefined },
  interfaces: Interfaces
): NicVlans | undefined {
  const own = interfaces.get(bridge)
  const way = own === undefined ? vnetWay(vnet, interfaces) : wayOf(bridge, interfaces)
  if (way === undefined) return undefined
  // Which VLAN of its own a VLAN-aware bridge hands over untagged, its port's PVID says; the API does not tell that.
  const isByPvid = own?.bridgeVlanAware === true && way !== null
  if (isByPvid && nic.vlan === undefined) return undefined
  const untagged = nic.vlan === undefined ? way : within(way, nic.vlan)
  const isByBridge = nic.vlan === undefined && typeof way === 'number'
  return {
    ...(typeof untagged === 'number' ? { untagged } : {}),
    tagged: nic.trunks.map((vid) => within(way, vid)).filter((vid) => typeof vid === 'number'),
    source: isByBridge ? `${own === undefined ? 'sdn' : 'network'} ${bridge}` : `config ${nic.slot}`
  }
}

type Interfaces = ReadonlyMap<string, NodeInterface>

/** Since 9 a port may be named by another name of it; its own names go first. */
const byName = (interfaces: readonly NodeInterface[]): Interfaces =>
  new Map([
    ...interfaces.flatMap((one) => one.altNames.map((name) => [name, one] as const)),
    ...interfaces.map((one) => [one.name, one] as const)
  ])

/** Pure: a tag on top of what is known below it. */
function within(way: Way, vid: number): Way {
  if (way === null) return vid
  return way === undefined ? undefined : 'inside'
}

/**
 * Pure: the way out of a vnet (pve-network, Zones). A zone of type vlan tags on a bridge of the node, so its tag is a VLAN
 * as that bridge's guests have them. In one of type qinq the tag lies inside the service VLAN of the zone: switches
 * outside see that one, and a VLAN of the same id in NetBox would be another network, so none is claimed. The tags of
 * vxlan and evpn are numbers of the overlay, and simple zones have no way out but routing.
 */
function vnetWay(vnet: Vnet | undefined, interfaces: Interfaces): Way {
  switch (vnet?.zoneType) {
    case 'vlan':
      if (vnet.zoneBridge === undefined || vnet.tag === undefined) return undefined
      return within(wayOf(vnet.zoneBridge, interfaces), vnet.tag)
    case 'qinq':
    case 'simple':
    case 'vxlan':
    case 'evpn':
      return 'inside'
    default:
      return undefined
  }
}

/**
 * Pure: the way out of an interface of the node. A Linux bridge or bond goes the way of its ports, if all go the same.
 * An Open vSwitch bridge has VLANs of its own and ports that are in some of them, so that what is untagged in it has no
 * VLAN by its ports; the tag of an internal port (OVSIntPort) is one.
 */
function wayOf(name: string, interfaces: Interfaces, above: readonly string[] = []): Way {
  // A configuration can name a bridge as its own port by way of others.
  if (above.includes(name)) return undefined
  const below = (other: string) => wayOf(other, interfaces, [...above, name])
  const one = interfaces.get(name)
  switch (one?.type) {
    case undefined:
      return vlanWay(name, undefined, below)
    case 'vlan':
      return vlanWay(name, one, below)
    case 'bridge':
      return common(one?.bridgePorts ?? [], below)
    case 'bond':
      return common(one?.bondSlaves ?? [], below)
    case 'vxlan':
      return 'inside'
    case 'OVSIntPort':
      return one?.vlanId ?? null
    default:
      return null
  }
}

/** Pure: a VLAN needs no row of its own where its name says all (`eno1.100`); what else is not listed is not known. */
function vlanWay(name: string, one: NodeInterface | undefined, below: (name: string) => Way): Way {
  const [, parent, id] = /^(.+)\.(\d{1,4})$/.exec(name) ?? []
  const vid = one?.vlanId ?? (id === undefined ? undefined : Number(id))
  const raw = one?.vlanRawDevice ?? parent
  return raw === undefined || vid === undefined ? undefined : within(below(raw), vid)
}

function common(ports: readonly string[], below: (name: string) => Way): Way {
  // Ports may be told by a pattern.
  if (ports.some((port) => port === 'regex' || port === 'glob')) return undefined
  if (ports.length === 0) return null
  const [first, ...others] = new Set(ports.map(below))
  return others.length === 0 ? first : undefined
}
