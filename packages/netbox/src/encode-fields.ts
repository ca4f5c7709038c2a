import {
  type Fields,
  type FieldValue,
  isRef,
  type KindName,
  kinds,
  netboxIdFrom,
  versionHas
} from '@proxbox/contracts'

// The first version with VirtualMachineType.
const vmTypeSince = '4.6'

/**
 * Pure: fields as NetBox takes them. Every Ref must already be `netbox:{kind}/{id}`; custom fields are gathered under
 * `custom_fields`, generic references become type and id, and what this version does not know is left out.
 *
 * @throws TypeError for a reference that is not resolved, or a field that the kind does not have
 */
export function encodeFields(
  kind: KindName,
  fields: Fields,
  version: string
): Record<string, unknown> {
  const body: Record<string, unknown> = {}
  const custom: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(fields)) {
    if (name.startsWith('cf.')) {
      custom[name.slice(3)] = encoded(value)
      continue
    }
    const spec = kinds[kind].fields[name]
    if (spec === undefined) throw new TypeError(`a ${kind} has no field ${name}`)
    if (name === 'virtual_machine_type' && !versionHas(version, vmTypeSince)) continue
    if (spec.type === 'generic-ref') Object.assign(body, genericFrom(name, value))
    else body[name] = encoded(value)
  }
  if (Object.keys(custom).length > 0) body.custom_fields = custom
  return body
}

function encoded(value: FieldValue): unknown {
  if (Array.isArray(value)) return value.map((one: FieldValue) => encoded(one))
  return isRef(value) ? idOfRef(value.ref) : value
}

function genericFrom(name: string, value: FieldValue): Record<string, unknown> {
  if (!isRef(value)) return { [`${name}_type`]: null, [`${name}_id`]: null }
  return { [`${name}_type`]: modelOf(value.ref), [`${name}_id`]: idOfRef(value.ref) }
}

function idOfRef(ref: string): number {
  const id = netboxIdFrom(ref)
  if (id === undefined) throw new TypeError(`the reference ${ref} is not resolved`)
  return id
}

function modelOf(ref: string): string {
  const name = ref.slice('netbox:'.length).split('/')[0] ?? ''
  const spec = Object.entries(kinds).find(([kind]) => kind === name)?.[1]
  return spec?.model ?? name.replace('-', '.')
}
