import type { KindName } from './kinds/kind-names.ts'

/** Where NetBox counts the objects of a kind. */
export interface CountedAt {
  /** Fields of the object that name its holder, the nearest first. */
  readonly fields: readonly string[]
  /** Kind of the holder → its field with the count, or with the list of what it holds. */
  readonly counts: Readonly<Partial<Record<KindName, string>>>
}

const onInterface = (count: string): CountedAt => ({
  fields: ['assigned_object'],
  counts: { interface: count, 'vm-interface': count }
})

/**
 * Counts of NetBox that object permissions do not restrict: they tell whether an object that was not read is gone or only
 * out of the token's sight (NetBox 4.5 – 4.7 serializers). Some cost a query per row: they are asked for few holders only.
 */
export const countedAt: Readonly<Partial<Record<KindName, CountedAt>>> = {
  cluster: { fields: ['type'], counts: { 'cluster-type': 'cluster_count' } },
  device: {
    fields: ['cluster', 'site'],
    counts: { cluster: 'device_count', site: 'device_count' }
  },
  interface: { fields: ['device'], counts: { device: 'interface_count' } },
  vm: { fields: ['cluster'], counts: { cluster: 'virtualmachine_count' } },
  'vm-interface': { fields: ['virtual_machine'], counts: { vm: 'interface_count' } },
  'mac-address': onInterface('mac_addresses'),
  disk: { fields: ['virtual_machine'], counts: { vm: 'virtual_disk_count' } },
  'ip-address': onInterface('count_ipaddresses')
}

/** What to ask NetBox: how many objects of these kinds each of these holders has. */
export interface HoldersAsked {
  readonly kind: KindName
  readonly ids: readonly number[]
  readonly counting: readonly KindName[]
}

/** Objects whose deletion NetBox's changelog is asked for. */
export interface ObjectsAsked {
  readonly kind: KindName
  readonly ids: readonly number[]
}

/**
 * NetBox key of an object → what the changelog tells of it: that it was deleted, or other things and no deletion. What it
 * does not tell of is not in it.
 */
export type Fates = ReadonlyMap<string, 'deleted' | 'kept'>

/** NetBox key of a holder → how many objects of a kind it has. What could not be counted is not in it. */
export type HolderCounts = ReadonlyMap<string, Readonly<Partial<Record<KindName, number>>>>
