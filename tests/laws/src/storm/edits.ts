import {
  type CurrentItem,
  type FieldSpec,
  type FieldValue,
  fieldSpec,
  isRef,
  type KindName,
  kinds
} from '@proxbox/contracts'
import { objectKinds } from '../object-kinds.ts'

export type Random = () => number

export const pick = <T>(all: readonly T[], random: Random): T | undefined =>
  all[Math.floor(random() * all.length)]

/** What NetBox takes for a choice; other fields of this sort are left to it. */
const choices: Readonly<Record<string, readonly string[]>> = {
  'vm.status': ['active', 'offline', 'planned', 'staged', 'failed', 'decommissioning'],
  'vm.start_on_boot': ['on', 'off', 'laststate'],
  'device.status': ['active', 'offline', 'planned', 'staged', 'failed', 'inventory'],
  'cluster.status': ['active', 'planned', 'staging', 'offline'],
  'ip-address.status': ['active', 'reserved', 'dhcp'],
  'ip-address.role': ['loopback', 'anycast', 'vip'],
  'interface.mode': ['access', 'tagged'],
  'vm-interface.mode': ['access', 'tagged'],
  'interface.type': ['1000base-t', 'virtual', 'other'],
  'vlan.status': ['active', 'reserved']
}

/** By these an object is the one that it is: a person who changes them makes another of it. */
const identity = new Set([
  'vm-interface.virtual_machine',
  'interface.device',
  'disk.virtual_machine',
  'mac-address.assigned_object',
  'mac-address.mac_address',
  'ip-address.address',
  'ip-address.vrf',
  'vm.cluster',
  'vlan.vid',
  'vlan.group'
])

/** Sums that NetBox works out anew with each part, whatever a person entered. */
const computed = new Set(['vm.disk'])

/** Kinds in which the storm rages. */
export const stormy: readonly KindName[] = ['cluster', ...objectKinds]

/** Objects of NetBox by kind, to refer to. */
export type Tables = ReadonlyMap<KindName, readonly CurrentItem[]>

const isCustom = (field: string) => field.startsWith('cf.')

/** Fields of an object that a person may edit: its own custom field among them. */
export const fieldsOf = ({ kind, fields }: CurrentItem): string[] =>
  [...Object.keys(kinds[kind].fields), ...Object.keys(fields).filter(isCustom)].filter((field) => {
    const spec = fieldSpec(kind, field)
    const name = `${kind}.${field}`
    const isTheirs = !identity.has(name) && !computed.has(name)
    return spec !== undefined && spec.readOnly !== true && isTheirs
  })

function ofSet(now: FieldValue, spec: FieldSpec, tables: Tables, random: Random): FieldValue {
  const list = Array.isArray(now) ? now : []
  const [target] = spec.refs ?? []
  const all = target === undefined ? [] : (tables.get(target) ?? [])
  const one = pick(all, random)
  if (one === undefined || random() < 0.4) return list.filter(() => random() < 0.7)
  return list.some((ref) => isRef(ref) && ref.ref === one.key) ? list : [...list, { ref: one.key }]
}

function ofRef(spec: FieldSpec, tables: Tables, random: Random): FieldValue {
  const target = pick(spec.refs ?? [], random)
  const one = target === undefined ? undefined : pick(tables.get(target) ?? [], random)
  return one === undefined || random() < 0.3 ? null : { ref: one.key }
}

function ofCustom(field: string, now: FieldValue, number: number): FieldValue {
  if (typeof now === 'number') return number
  if (typeof now === 'boolean') return !now
  return field === 'cf.proxmox_link' ? `https://hand.example.org/${number}` : `hand ${number}`
}

/** Pure: a value that a person might enter; undefined where nobody would know one. */
export function edited(
  item: CurrentItem,
  field: string,
  { tables, random }: { tables: Tables; random: Random }
): FieldValue | undefined {
  const { kind } = item
  const spec = fieldSpec(kind, field)
  const now = item.fields[field] ?? null
  if (spec === undefined) return undefined
  const number = Math.floor(random() * 1000)
  if (isCustom(field)) return ofCustom(field, now, number)
  switch (spec.type) {
    case 'text':
      if (field === 'dns_name') return `hand${number}.example.org`
      return random() < 0.2 && field !== 'name' ? '' : `hand ${number}`
    case 'integer':
      return 1 + number
    case 'decimal':
      return 1 + (number % 60)
    case 'boolean':
      return now !== true
    case 'choice':
      return pick(choices[`${kind}.${field}`] ?? [], random)
    case 'set':
      return ofSet(now, spec, tables, random)
    case 'ref':
    case 'generic-ref':
      return ofRef(spec, tables, random)
    case 'list':
      return undefined
  }
}

/** Pure: one text per value; sets have no order, and nothing is nothing. */
export function textOf(value: FieldValue | undefined): string {
  if (value === undefined || value === null || value === '') return ''
  if (Array.isArray(value)) return value.map(textOf).sort().join(' ')
  return isRef(value) ? value.ref : String(value)
}
