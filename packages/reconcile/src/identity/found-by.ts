import { type CurrentItem, isRef, kinds } from '@proxbox/contracts'
import type { Matched, Matching } from './matching.ts'

const told = (value: CurrentItem['fields'][string] | undefined): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined

const words: Partial<Record<CurrentItem['kind'], string>> = {
  'vm-interface': 'interface',
  'mac-address': 'MAC address',
  'ip-address': 'IP address',
  vm: 'virtual machine'
}
/** Pure: what people call a kind. */
export const wordFor = (kind: CurrentItem['kind']): string =>
  words[kind] ?? kind.replaceAll('-', ' ')

/** The fields that say where an object lies, the nearest first. */
const placeFields = [
  'virtual_machine',
  'assigned_object',
  'device',
  'cluster',
  'site',
  'scope',
  'manufacturer',
  'group'
]

const within = new Set<CurrentItem['kind']>(['cluster', 'site', 'location', 'region', 'vlan-group'])

/** Pure: where NetBox has the object: ` in cluster lab`, ` of device pve1`; '' for what lies nowhere. */
function placeOf({ kind, fields }: CurrentItem, matching: Matching): string {
  const parent = kinds[kind].parent
  for (const field of parent === undefined ? placeFields : [parent]) {
    const value = fields[field]
    const at = isRef(value) ? matching.object(value.ref) : undefined
    if (at !== undefined) {
      return ` ${within.has(at.kind) ? 'in' : 'of'} ${wordFor(at.kind)} ${told(at.fields.name) ?? at.label}`
    }
  }
  return ''
}

function customFieldsOf({ fields }: CurrentItem): string {
  const known = ['vm_id', 'node', 'cluster'].flatMap((name) => {
    const value = told(fields[`cf.proxmox_${name}`])
    return value === undefined || value === '' ? [] : [`proxmox_${name} ${value}`]
  })
  return `custom fields ${known.join(', ')}`
}

/** Pure: the MAC of an interface, or the one that it is itself; '' where NetBox tells none. */
function macOf({ kind, key, fields }: CurrentItem, matching: Matching): string {
  const [mac] = kind === 'mac-address' ? [{ fields }] : matching.childrenOf('mac-address', key)
  const text = told(mac?.fields.mac_address)
  return text === undefined ? '' : ` ${text}`
}

const nameOf = ({ label, fields }: CurrentItem): string =>
  told(fields.name) ?? told(fields.slug) ?? told(fields.model) ?? told(fields.vid) ?? label

function onlyOne(kind: CurrentItem['kind'], place: string): string {
  const of = kind === 'interface' ? ' of its form' : ''
  return `the only ${wordFor(kind)}${of}${place}${kind === 'disk' ? ' of that size' : ''}`
}

/** Pure: by what evidence an object was taken for the Item, in words; undefined where the Ledger or we ourselves know. */
export function foundBy({ by, current }: Matched, matching: Matching): string | undefined {
  if (by === 'ledger' || by === 'intent') return undefined
  const place = placeOf(current, matching)
  switch (by) {
    case 'decision':
      return `a person's decision: ${nameOf(current)}${place}`
    case 'custom-field':
      return `${customFieldsOf(current)}${place}`
    case 'name':
      return `name ${nameOf(current)}${place}`
    case 'mac':
      return `MAC address${macOf(current, matching)},${place}`
    case 'address':
      return current.kind === 'ip-address'
        ? `address ${told(current.fields.address) ?? current.label}${place}`
        : `management address of ${nameOf(current)}${place}`
    case 'only-one':
      return onlyOne(current.kind, place)
    default:
      return `${by} ${current.label}${place}`
  }
}
