import { type Fields, isRef, type KindName, kinds } from '@proxbox/contracts'
import { hostOf, withoutScheme } from '../canonical.ts'

export type Resolve = (ref: string) => string

/** Pure: lower-case text of a field; '' for nothing. A custom field of type `url` has put a scheme before it. */
export const textOf = (fields: Fields, field: string): string => {
  const value = fields[field]
  if (value === undefined || value === null || isRef(value)) return ''
  const text = String(value).trim().toLowerCase()
  return field.startsWith('cf.') ? withoutScheme(text) : text
}

/** Pure: the one name of a reference; '' for nothing. */
export const refIn = (fields: Fields, field: string, resolve: Resolve): string => {
  const value = fields[field]
  return isRef(value) ? resolve(value.ref) : ''
}

/** Pure: the cluster's name in a label that carries its id in brackets, because two clusters share that name. */
const plainLabel = (label: string): string => label.replace(/ \(c[0-9a-z]{8}\)$/, '')

/** Pure: may an object with this label be of a cluster with that one? An empty label is nobody's. */
export const isLabelOf = (label: string, own: string): boolean =>
  label === '' || label === own || label === plainLabel(own)

const named = (fields: Fields, field: string, under: string): string[] => {
  const text = textOf(fields, field)
  return text === '' ? [] : [`${field}|${text}|${under}`]
}

function vmNames(fields: Fields, resolve: Resolve): string[] {
  const cluster = refIn(fields, 'cluster', resolve)
  const vmid = textOf(fields, 'cf.proxmox_vm_id')
  const label = textOf(fields, 'cf.proxmox_cluster')
  if (vmid !== '') return [`cf|${vmid}|${label}|${cluster}`]
  return named(fields, 'name', cluster)
}

/** Within which a device is looked for by name: its site, or its cluster. */
const devicePlaces = (fields: Fields, resolve: Resolve): string[] =>
  ['site', 'cluster'].map((field) => refIn(fields, field, resolve)).filter((place) => place !== '')

const shortOf = (name: string): string => name.split('.')[0] ?? name

function deviceNames(fields: Fields, resolve: Resolve): string[] {
  const node = textOf(fields, 'cf.proxmox_node')
  const label = textOf(fields, 'cf.proxmox_cluster')
  const places = devicePlaces(fields, resolve)
  if (node !== '')
    return [`cf|${node}|${label}`, ...places.map((place) => `cf|${node}|${label}|${place}`)]
  const name = textOf(fields, 'name')
  if (name === '') return []
  return places.flatMap((place) => [`name|${name}|${place}`, `label|${shortOf(name)}|${place}`])
}

/**
 * A node is found by its own name (`pve1` or `pve1.example.org`), whatever it is called in NetBox. Marked for no cluster,
 * or for one that had its name alone, it is looked for in its own site and cluster only.
 */
function deviceLookups(fields: Fields, resolve: Resolve): string[][] {
  const node = textOf(fields, 'cf.proxmox_node')
  const label = textOf(fields, 'cf.proxmox_cluster')
  const places = devicePlaces(fields, resolve)
  const at = (name: string) => places.map((place) => `${name}|${place}`)
  return [
    [`cf|${node}|${label}`],
    ...[plainLabel(label), ''].map((one) => at(`cf|${node}|${one}`)),
    at(`name|${node}`),
    at(`label|${shortOf(node)}`)
  ]
}

/** Clusters are few: under this name are all, and `cluster-evidence.ts` says which of them it may be. */
export const anyCluster = '*'

/** Pure: every natural name under which a NetBox object can be found, in no order. */
export function namesOf(kind: KindName, fields: Fields, resolve: Resolve): string[] {
  const parent = kinds[kind].parent
  switch (kind) {
    case 'vm':
      return vmNames(fields, resolve)
    case 'device':
      return deviceNames(fields, resolve)
    case 'cluster':
      return [anyCluster]
    case 'device-type':
      return ['slug', 'model'].flatMap((field) =>
        named(fields, field, refIn(fields, 'manufacturer', resolve))
      )
    case 'vlan':
      return named(fields, 'vid', refIn(fields, 'group', resolve))
    case 'mac-address':
      return named(fields, 'mac_address', refIn(fields, 'assigned_object', resolve))
    case 'ip-address': {
      const address = textOf(fields, 'address')
      const host = hostOf(address)
      return [`host|${host}|${refIn(fields, 'vrf', resolve)}`, `host|${host}|*`]
    }
    default:
      if (parent !== undefined) return named(fields, 'name', refIn(fields, parent, resolve))
      return ['slug', 'name'].flatMap((field) => named(fields, field, ''))
  }
}

/**
 * Pure: where to look for the object of a desired Item, best evidence first; of names that stand together one is as good
 * as the other.
 */
export function lookups(kind: KindName, fields: Fields, resolve: Resolve): string[][] {
  if (kind === 'device') return deviceLookups(fields, resolve)
  return namesToTry(kind, fields, resolve).map((name) => [name])
}

function namesToTry(kind: KindName, fields: Fields, resolve: Resolve): string[] {
  if (kind === 'vm') {
    const cluster = refIn(fields, 'cluster', resolve)
    const vmid = textOf(fields, 'cf.proxmox_vm_id')
    const label = textOf(fields, 'cf.proxmox_cluster')
    return [
      ...[...new Set([label, plainLabel(label), ''])].map((one) => `cf|${vmid}|${one}|${cluster}`),
      ...named(fields, 'name', cluster)
    ]
  }
  return namesOf(kind, fields, resolve)
}
