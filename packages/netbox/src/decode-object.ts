import {
  type CurrentItem,
  type FieldSpec,
  type Fields,
  type FieldValue,
  type KindName,
  kindOfModel,
  kinds,
  netboxKey
} from '@proxbox/contracts'
import { idOf, isObject, type Json } from './wire.ts'

/**
 * Pure: an object as any NetBox from 4.5 on answers it. Fields that the answer lacks are left out; choices become
 * values, nested objects references, generic references one Ref, custom fields `cf.<name>`.
 *
 * @throws TypeError for an object without id
 */
export function decodeObject(kind: KindName, json: Json): CurrentItem {
  const id = idOf(json)
  if (id === undefined) throw new TypeError(`a ${kind} without id`)
  const fields: Record<string, FieldValue> = {}
  for (const [name, spec] of Object.entries(kinds[kind].fields)) {
    const value = fieldFrom(name, spec, json)
    if (value !== undefined) fields[name] = value
  }
  if (kinds[kind].hasCustomFields && isObject(json.custom_fields)) {
    for (const [name, value] of Object.entries(json.custom_fields))
      fields[`cf.${name}`] = customFrom(value)
  }
  const label = typeof json.display === 'string' ? json.display : `${kind} ${id}`
  return { key: netboxKey(kind, id), kind, netbox_id: id, fields, label }
}

/** Pure: what `fields=` must ask for so that these fields can be decoded. */
export function wireFields(kind: KindName, only?: readonly string[]): string {
  const { fields, hasCustomFields } = kinds[kind]
  const names = Object.keys(fields).filter((name) => only === undefined || only.includes(name))
  const asked = names.flatMap((name) =>
    fields[name]?.type === 'generic-ref' ? [`${name}_type`, `${name}_id`] : [name]
  )
  const wantsCustom = only === undefined || only.some((name) => name.startsWith('cf.'))
  return ['id', 'display', ...asked, ...(hasCustomFields && wantsCustom ? ['custom_fields'] : [])]
    .filter((name, index, all) => all.indexOf(name) === index)
    .join(',')
}

function fieldFrom(name: string, spec: FieldSpec, json: Json): FieldValue | undefined {
  if (spec.type === 'generic-ref') {
    if (json[`${name}_type`] === undefined) return undefined
    return genericFrom(json[`${name}_type`], json[`${name}_id`])
  }
  const raw = json[name]
  if (raw === undefined) return undefined
  switch (spec.type) {
    case 'ref':
      return refFrom(name, spec, raw)
    case 'set':
      return setFrom(name, spec, raw)
    case 'choice':
      return isObject(raw) ? plain(raw.value) : plain(raw)
    case 'decimal':
      return raw === null ? null : Number(raw)
    case 'list':
      return Array.isArray(raw) ? raw.map(plain) : []
    default:
      return raw === null ? (spec.blank ?? null) : plain(raw)
  }
}

function setFrom(name: string, spec: FieldSpec, raw: unknown): FieldValue {
  const all: unknown[] = Array.isArray(raw) ? raw : []
  return all.map((one) => refFrom(name, spec, one)).filter((one) => one !== null)
}

/** What is no kind of ours (a cable) is spelled by its field, so that it is seen as set. */
function refFrom(name: string, spec: FieldSpec, raw: unknown): FieldValue {
  const id = typeof raw === 'number' ? raw : idOf(raw)
  const [target = name] = spec.refs ?? []
  return id === undefined ? null : { ref: netboxKey(target, id) }
}

/** A target that is no kind of ours is spelled by its model, so that it is seen as set and can be written back. */
function genericFrom(model: unknown, id: unknown): FieldValue {
  if (typeof model !== 'string' || typeof id !== 'number') return null
  return { ref: netboxKey(kindOfModel(model) ?? model.replace('.', '-'), id) }
}

/** Custom fields of type select are raw values before 4.7 and `{value, label}` from then on; object fields are nested. */
function customFrom(value: unknown): FieldValue {
  if (Array.isArray(value)) return value.map(customFrom)
  if (!isObject(value)) return plain(value)
  if ('value' in value && 'label' in value) return plain(value.value)
  const id = idOf(value)
  return id === undefined ? JSON.stringify(value) : { ref: netboxKey('object', id) }
}

function plain(value: unknown): FieldValue {
  if (value === null || value === undefined) return null
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value
  return JSON.stringify(value)
}

/** Pure: equal as NetBox would hold them; sets have no order. */
export function sameFields(sent: Fields, held: Fields): boolean {
  return Object.entries(sent).every(
    ([name, value]) => normal(value ?? null) === normal(held[name] ?? null)
  )
}

function normal(value: FieldValue): string {
  if (Array.isArray(value))
    return JSON.stringify(value.map((one: FieldValue) => normal(one)).sort())
  return JSON.stringify(typeof value === 'string' ? value.trim() : value)
}
