import { type CurrentItem, type Fields, type FieldValue, netboxKey } from '@proxbox/contracts'
import { isBlank, withoutScheme } from './canonical.ts'

/** A list is told as its JSON where it is a default. */
const textOf = (value: FieldValue | undefined): string =>
  typeof value === 'string' ? value : JSON.stringify(value ?? null)

/** Pure: JSON as a value of a field; undefined where it holds an object, which no field can. */
function valueFrom(json: unknown): FieldValue | undefined {
  if (json === null || typeof json === 'boolean') return json
  if (typeof json === 'string' || typeof json === 'number') return json
  if (!Array.isArray(json)) return undefined
  const all = json.map(valueFrom)
  return all.some((one) => one === undefined) ? undefined : all.filter((one) => one !== undefined)
}

const parsed = (value: FieldValue): FieldValue | undefined =>
  typeof value === 'string' && /^[[{]/.test(value) ? valueFrom(JSON.parse(value)) : value

/** Of an object NetBox keeps the id; which model it is of, the definition says. */
const objectOf = (value: FieldValue): FieldValue =>
  typeof value === 'number' ? { ref: netboxKey('object', value) } : value

/**
 * Pure: what NetBox's own form enters in a new object, by the fields of a custom field's definition; undefined for nothing,
 * and for a JSON object, which cannot be sent. An empty list is a default like any other.
 */
export function defaultOf({ type, default: value = null }: Fields): FieldValue | undefined {
  if (value === null || value === '') return undefined
  switch (type) {
    // Entered as a number it is a text all the same.
    case 'text':
    case 'longtext':
      return textOf(value)
    case 'object':
      return objectOf(value)
    case 'multiselect':
    case 'json':
      return parsed(value)
    case 'multiobject': {
      const all = parsed(value)
      return Array.isArray(all) ? all.map(objectOf) : undefined
    }
    default:
      return value
  }
}

const plain = (value: FieldValue | undefined): string => withoutScheme(textOf(value))

/** Pure: is this what a new object has in a custom field (`cf.<name>`) by itself? Nobody has entered it then. */
export function customDefaults(
  current: readonly CurrentItem[]
): (field: string, value: FieldValue | undefined) => boolean {
  const defaults = new Map<string, readonly string[]>(
    current.flatMap(({ kind, fields }) =>
      kind === 'custom-field' && !isBlank(fields.default)
        ? // A JSON object stands there as its text, and what was sent as an address with a scheme.
          [[`cf.${String(fields.name)}`, [plain(fields.default), plain(defaultOf(fields))]]]
        : []
    )
  )
  return (field, value) => defaults.get(field)?.includes(plain(value)) === true
}
