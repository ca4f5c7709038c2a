import { type Fields, isRef, type KindName, kinds } from '@proxbox/contracts'
import { hostOf } from './canonical.ts'

export type Resolve = (ref: string) => string

/** Pure: lower-case text of a field; '' for nothing. */
export const textOf = (fields: Fields, field: string): string => {
  const value = fields[field]
  if (value === undefined || value === null || isRef(value)) return ''
  return String(value).trim().toLowerCase()
}

/** Pure: the one name of a reference; '' for nothing. */
export const refIn = (fields: Fields, field: string, resolve: Resolve): string => {
  const value = fields[field]
  return isRef(value) ? resolve(value.ref) : ''
}

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

function deviceNames(fields: Fields, resolve: Resolve): string[] {
  const node = textOf(fields, 'cf.proxmox_node')
  const label = textOf(fields, 'cf.proxmox_cluster')
  if (node !== '') return [`cf|${node}|${label}`]
  const name = textOf(fields, 'name')
  const site = refIn(fields, 'site', resolve)
  const short = name.split('.')[0] ?? name
  return name === '' ? [] : [`name|${name}|${site}`, `label|${short}|${site}`]
}

/** Pure: every natural name under which a NetBox object can be found, in no order. */
export function namesOf(kind: KindName, fields: Fields, resolve: Resolve): string[] {
  const parent = kinds[kind].parent
  switch (kind) {
    case 'vm':
      return vmNames(fields, resolve)
    case 'device':
      return deviceNames(fields, resolve)
    case 'cluster':
      return named(fields, 'name', refIn(fields, 'scope', resolve))
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
      return [`host|${hostOf(address)}|${refIn(fields, 'vrf', resolve)}`]
    }
    default:
      if (parent !== undefined) return named(fields, 'name', refIn(fields, parent, resolve))
      return ['slug', 'name'].flatMap((field) => named(fields, field, ''))
  }
}

/** Pure: where to look for the object of a desired Item, best evidence first. */
export function lookups(kind: KindName, fields: Fields, resolve: Resolve): string[] {
  if (kind === 'vm') {
    const cluster = refIn(fields, 'cluster', resolve)
    const vmid = textOf(fields, 'cf.proxmox_vm_id')
    const label = textOf(fields, 'cf.proxmox_cluster')
    return [
      `cf|${vmid}|${label}|${cluster}`,
      `cf|${vmid}||${cluster}`,
      ...named(fields, 'name', cluster)
    ]
  }
  if (kind === 'device') {
    const bare = { ...fields, 'cf.proxmox_node': null }
    return [...namesOf(kind, fields, resolve), ...deviceNames(bare, resolve)]
  }
  if (kind === 'cluster') {
    return [...namesOf(kind, fields, resolve), ...named(fields, 'name', '')]
  }
  return namesOf(kind, fields, resolve)
}
