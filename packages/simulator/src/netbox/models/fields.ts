import type { Computed } from '../engine/model.ts'
import type { Field } from '../engine/table-shape.ts'

type More = Partial<Omit<Field, 'name' | 'kind'>>

/** Text that may be empty. */
export const text = (name: string, maxLength?: number, more: More = {}): Field => ({
  name,
  kind: 'string',
  blank: true,
  ...(maxLength === undefined ? {} : { maxLength }),
  ...more
})

export const requiredText = (name: string, maxLength: number, more: More = {}): Field => ({
  name,
  kind: 'string',
  required: true,
  maxLength,
  ...more
})

const SLUG: readonly [RegExp, string] = [
  /^[-\w]+$/,
  'Enter a valid "slug" consisting of letters, numbers, underscores or hyphens.'
]

export const slug = (more: More = {}): Field =>
  requiredText('slug', 100, { pattern: SLUG, ...more })

export const integer = (name: string, more: More = {}): Field => ({
  name,
  kind: 'integer',
  nullable: true,
  ...more
})

export const flag = (name: string, value: boolean, more: More = {}): Field => ({
  name,
  kind: 'boolean',
  default: value,
  ...more
})

export const reference = (name: string, to: string, more: More = {}): Field => ({
  name,
  kind: 'fk',
  to,
  nullable: true,
  onDelete: 'null',
  ...more
})

export const requiredReference = (name: string, to: string, more: More = {}): Field => ({
  name,
  kind: 'fk',
  to,
  required: true,
  onDelete: 'protect',
  ...more
})

/** Choices by value; the label is the value with a capital letter unless given. */
export function choice(
  name: string,
  values: readonly (string | [string, string])[],
  more: More = {}
): Field {
  const choices = values.map((one): [string, string] =>
    typeof one === 'string' ? [one, one.replace(/^./, (letter) => letter.toUpperCase())] : one
  )
  return { name, kind: 'choice', choices, ...more }
}

export const description = text('description', 200)
export const comments = text('comments')

/** What NetBox answers, but nobody writes here. */
export const constant = (name: string, value: unknown, since?: Field['since']): Computed => ({
  name,
  value: () => value,
  ...(since ? { since } : {})
})

export const constants = (value: unknown, names: readonly string[]): Computed[] =>
  names.map((name) => constant(name, value))

/** How many objects of `model` refer to this one through the indexed field. */
export const countOf = (name: string, model: string, field: string): Computed => ({
  name,
  value: (row, { context }) => context.store.ids(model, field, row.id).size
})

/** The two halves of a generic reference. */
export const generic = (base: string, types: readonly string[], more: More = {}): Field[] => [
  { name: `${base}_type`, kind: 'type', nullable: true, types, ...more },
  { name: `${base}_id`, kind: 'integer', nullable: true, ...more }
]

/** The object that a generic reference means, nested. */
export const genericTarget = (base: string): Computed => ({
  name: base,
  value: (row, view) => {
    const type = row[`${base}_type`]
    return typeof type === 'string' ? view.nested(type, row[`${base}_id`]) : null
  }
})

export const COLOR: readonly [RegExp, string] = [
  /^[0-9a-f]{6}$/,
  'Enter a valid hexadecimal RGB color code.'
]
