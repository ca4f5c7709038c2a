import type { CurrentItem, FieldValue } from '@proxbox/contracts'
import { isBlank } from './canonical.ts'

/** A list is told as its JSON where it is a default. */
const textOf = (value: FieldValue | undefined): string =>
  typeof value === 'string' ? value : JSON.stringify(value ?? null)

/** Pure: is this what a new object has in a custom field (`cf.<name>`) by itself? Nobody has entered it then. */
export function customDefaults(
  current: readonly CurrentItem[]
): (field: string, value: FieldValue | undefined) => boolean {
  const defaults = new Map<string, string>(
    current.flatMap(({ kind, fields }) =>
      kind === 'custom-field' && !isBlank(fields.default)
        ? [[`cf.${String(fields.name)}`, textOf(fields.default)]]
        : []
    )
  )
  return (field, value) => defaults.get(field) === textOf(value)
}
