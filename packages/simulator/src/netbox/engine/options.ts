import type { Machine } from './machine.ts'
import type { Model } from './model.ts'
import type { Field } from './table-shape.ts'

/** A light OPTIONS body: the writable fields with their limits and choices, for the methods that the caller may use (DRF metadata). */
export function optionsOf(
  machine: Machine,
  model: Model,
  may: (method: 'PUT' | 'POST') => boolean
): unknown {
  const fields = model.fields
    .filter((field) => (field.since ?? 0) <= machine.context.minor)
    .map((field) => [field.name, describe(field)] as const)
  const id = { type: 'integer', required: false, read_only: true, label: 'ID' }
  const described = { id, ...Object.fromEntries(fields) }
  const title = model.verbose.replaceAll(/\b[a-z]/g, (letter) => letter.toUpperCase())
  const methods = model.readOnly ? [] : (['PUT', 'POST'] as const).filter(may)
  const actions = Object.fromEntries(methods.map((method) => [method, described]))
  return {
    name: `${title} List`,
    description: '',
    renders: ['application/json', 'text/html'],
    parses: ['application/json', 'multipart/form-data'],
    ...(Object.keys(actions).length === 0 ? {} : { actions })
  }
}

function describe(field: Field): Record<string, unknown> {
  const choices = field.choices?.map(([value, label]) => ({ value, display_name: label }))
  return {
    type: field.kind === 'fk' ? 'nested object' : field.kind === 'many' ? 'field' : field.kind,
    required: field.required ?? false,
    read_only: field.readOnly ?? false,
    label: field.name.replaceAll('_', ' ').replace(/^./, (letter) => letter.toUpperCase()),
    ...(field.maxLength === undefined ? {} : { max_length: field.maxLength }),
    ...(choices ? { choices } : {})
  }
}
