import { clusterKey } from '@proxbox/contracts'

export { clusterKey }

/** Keys of Items: readable, sortable, unique over all clusters. */
export type GuestType = 'qemu' | 'lxc'

export const guestKey = (clusterId: string, type: GuestType, vmid: number): string =>
  `vm:${clusterId}/${type}/${vmid}`
export const guestInterfaceKey = (guest: string, slot: string): string => `${guest}/${slot}`
export const diskKey = (guest: string, slot: string): string => `${guest}/${slot}`
export const deviceKey = (nodeId: string): string => `device:${nodeId}`
export const nodeInterfaceKey = (nodeId: string, name: string): string =>
  `interface:${nodeId}/${name}`
export const macKey = (interfaceKey: string, mac: string): string =>
  `mac:${interfaceKey}/${mac.toUpperCase()}`
export const addressKey = (interfaceKey: string, host: string): string =>
  `ip:${interfaceKey}/${host}`
export const tagKey = (slug: string): string => `tag:${slug}`
export const customFieldKey = (name: string): string => `custom-field:${name}`
export const siteKey = (slug: string): string => `site:${slug}`
export const platformKey = (slug: string): string => `platform:${slug}`
export const scaffoldKey = (kind: string, slug: string): string => `${kind}:${slug}`
export const vlanGroupKey = (clusterId: string): string => `vlan-group:${clusterId}`
export const vlanKey = (clusterId: string, vid: number): string => `vlan:${clusterId}/${vid}`

/** Pure: the guest that a part's key (interface, disk, MAC, address) belongs to; undefined for what has none. */
export function guestOf(key: string): string | undefined {
  return /^(?:mac:|ip:)?(vm:[^/]+\/(?:qemu|lxc)\/\d+(?:~n\d+)?)/.exec(key)?.[1]
}

/** Pure: the interface's key in the key of a MAC or an address. */
export function interfaceOf(key: string): string | undefined {
  return /^(?:mac|ip):(.+)\/[^/]+$/.exec(key)?.[1]
}

/** Pure: the host in the key of an address. */
export const hostIn = (key: string): string => key.slice(key.lastIndexOf('/') + 1)

/** Pure: the cluster id in the key of a guest or of its parts; undefined for all others. */
export function clusterOf(key: string): string | undefined {
  return /^(?:mac:|ip:)?vm:([^/]+)\//.exec(key)?.[1]
}

/** Pure: the cluster id in any key that has one; that of a device and its parts has none. */
export const clusterIn = (key: string): string | undefined =>
  clusterOf(key) ?? /^(?:cluster|vlan-group|vlan):([^/]+)/.exec(key)?.[1]

/** Pure: the node's id in the key of a device, of its interfaces, their MACs and addresses. */
export function nodeOf(key: string): string | undefined {
  return /^(?:device:|(?:mac:|ip:)?interface:)([^/]+)/.exec(key)?.[1]
}
