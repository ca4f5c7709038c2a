import type { Context, Model } from './model.ts'
import type { Row } from './row.ts'
import type { Field } from './table-shape.ts'

export type Test = (row: Row) => boolean

/** What one filter means; undefined: there is no such filter, so it is ignored. */
export type Found = { test?: Test; ids?: Iterable<number> } | { error: string } | undefined

export interface Asked {
  readonly lookup: string
  readonly values: string[]
}

export const missing = (value: string) =>
  `Select a valid choice. ${value} is not one of the available choices.`

export function isReference(field: Field, base: string): boolean {
  return (field.kind === 'fk' || field.kind === 'many') && `${field.name}_id` === base
}

/** `cluster_id=5`, `site_id=null`. */
export function referenceFilter(context: Context, model: Model, field: Field, asked: Asked): Found {
  const { lookup, values } = asked
  if (lookup !== '' && lookup !== 'n') return undefined
  const numbers = values.filter((value) => value !== 'null')
  const bad = numbers.find((value) => !/^\d+$/.test(value))
  if (bad !== undefined) return { error: `“${bad}” is not a valid value.` }
  const lost = numbers.find((value) => !context.store.get(field.to ?? '', Number(value)))
  if (lost !== undefined) return { error: missing(lost) }
  if (lookup === '' && field.kind === 'fk' && numbers.length === values.length) {
    return { ids: numbers.flatMap((id) => [...context.store.ids(model.key, field.name, id)]) }
  }
  const hit: Test = (row) => values.some((value) => refersTo(row[field.name], value))
  return { test: lookup === 'n' ? (row) => !hit(row) : hit }
}

function refersTo(value: unknown, wanted: string): boolean {
  if (wanted === 'null') return value === null || (Array.isArray(value) && value.length === 0)
  return Array.isArray(value) ? value.includes(Number(wanted)) : value === Number(wanted)
}

/** `site=<slug>`, `cluster=<name>`: the related object's slug, or its name where it has none. */
export function naturalFilter(context: Context, field: Field, { lookup, values }: Asked): Found {
  const related = context.models.get(field.to ?? '')
  if (!related || (lookup !== '' && lookup !== 'n')) return undefined
  const by = related.fields.some(({ name }) => name === 'slug') ? 'slug' : 'name'
  const ids = new Set<number>()
  for (const value of values) {
    const found = [...context.store.rows(related.key)].filter((row) => row[by] === value)
    if (found.length === 0) return { error: missing(value) }
    for (const { id } of found) ids.add(id)
  }
  const hit: Test = (row) => [...ids].some((id) => refersTo(row[field.name], String(id)))
  return { test: lookup === 'n' ? (row) => !hit(row) : hit }
}
