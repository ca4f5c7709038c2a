import { type FieldValue, type KindName, kinds } from '@proxbox/contracts'
import { customFieldKey } from '../key-of.ts'
import type { DiffContext } from './context.ts'

/** Does NetBox have a field for objects of a kind, does this Run see to it, or does neither? */
export type Reach = 'there' | 'made' | 'nowhere'

const modelsIn = (value: FieldValue | undefined): readonly FieldValue[] | undefined =>
  Array.isArray(value) ? value : undefined

/**
 * Pure: only a custom field can be anything but there. It is made where NetBox does not have it (any more), or where this
 * Run gives it to one kind of objects more; where a person has taken a kind from it, that kind has it nowhere, and NetBox
 * refuses values of it.
 */
export function reachOf(
  kind: KindName,
  field: string,
  { at, widened }: Pick<DiffContext, 'at' | 'widened'>
): Reach {
  if (!field.startsWith('cf.')) return 'there'
  const key = customFieldKey(field.slice('cf.'.length))
  const definition = at(key)
  if (definition === undefined) return 'made'
  const { model } = kinds[kind]
  // What was not read says nothing.
  if (modelsIn(definition.fields.object_types)?.includes(model) ?? true) return 'there'
  return widened?.get(key)?.includes(model) ? 'made' : 'nowhere'
}
