import { customFieldFilter } from './filter-custom.ts'
import { lookupMatch, numericProblem } from './filter-lookup.ts'
import type { Context, Field, Filter, Model, Row } from './model.ts'

type Test = (row: Row) => boolean

export interface Selection {
  readonly tests: readonly Test[]
  /** Ids that can match at all, when an index knows them. */
  readonly ids: ReadonlySet<number> | undefined
  readonly errors: Readonly<Record<string, readonly string[]>>
}

/**
 * Reads the filters of a query. Names that NetBox does not know are ignored; a value that it cannot
 * read, or a reference to nothing, is an error.
 */
export function selectionFrom(context: Context, model: Model, query: URLSearchParams): Selection {
  const tests: Test[] = []
  const errors: Record<string, string[]> = {}
  let ids: Set<number> | undefined
  for (const name of new Set(query.keys())) {
    const values = query.getAll(name).filter((value) => value !== '')
    if (values.length === 0) continue
    const found = filterOf(context, model, name, values)
    if (!found) continue
    if ('error' in found) errors[name] = [found.error]
    else {
      if (found.test) tests.push(found.test)
      if (found.ids) ids = ids ? intersect(ids, found.ids) : new Set(found.ids)
    }
  }
  return { tests, ids, errors }
}

export type Found = { test?: Test; ids?: Iterable<number> } | { error: string } | undefined

function intersect(a: Set<number>, b: Iterable<number>): Set<number> {
  const other = new Set(b)
  return new Set([...a].filter((id) => other.has(id)))
}

function filterOf(context: Context, model: Model, name: string, values: string[]): Found {
  const [base = '', lookup = ''] = splitLookup(name)
  if (base === 'id') return idFilter(lookup, values)
  if (base === 'q') return searchFilter(model, values)
  if (base === 'tag' || base === 'tag_id') {
    return model.tags ? tagFilter(context, name, base, values) : undefined
  }
  if (base.startsWith('cf_'))
    return customFieldFilter(context, model, base.slice(3), { lookup, values })
  const special = model.filters?.[base]
  if (special) return specialFilter(context, special, lookup, values)
  return fieldFilter(context, model, base, { lookup, values })
}

function splitLookup(name: string): [string, string] {
  const at = name.lastIndexOf('__')
  return at > 0 ? [name.slice(0, at), name.slice(at + 2)] : [name, '']
}

function idFilter(lookup: string, values: string[]): Found {
  const problem = numericProblem(values)
  if (problem) return { error: problem }
  if (lookup === '') return { ids: values.map(Number) }
  const match = lookupMatch('integer', lookup, values)
  return match && { test: (row) => match(row.id) }
}

function searchFilter(model: Model, values: string[]): Found {
  const needle = values.join(' ').toLowerCase().trim()
  const columns = model.search ?? ['name', 'description', 'comments']
  return {
    test: (row) =>
      columns.some((name) =>
        String(row[name] ?? '')
          .toLowerCase()
          .includes(needle)
      )
  }
}

/** `tag=a&tag=b` means both; `tag__any` (4.6) either; `tag__n` none. */
function tagFilter(context: Context, name: string, base: string, values: string[]): Found {
  const by = base === 'tag' ? 'slug' : 'id'
  const ids: number[] = []
  for (const value of values) {
    const found =
      by === 'id'
        ? context.store.get('extras.tag', Number(value))
        : context.store.where('extras.tag', 'slug', value)[0]
    if (!found) return { error: missing(value) }
    ids.push(found.id)
  }
  const has = (row: Row, id: number) => Array.isArray(row.tags) && row.tags.includes(id)
  if (name.endsWith('__n')) return { test: (row) => !ids.some((id) => has(row, id)) }
  if (name.endsWith('__any')) {
    return context.minor < 6 ? undefined : { test: (row) => ids.some((id) => has(row, id)) }
  }
  return name === base ? { test: (row) => ids.every((id) => has(row, id)) } : undefined
}

const missing = (value: string) =>
  `Select a valid choice. ${value} is not one of the available choices.`

function specialFilter(context: Context, filter: Filter, lookup: string, values: string[]): Found {
  if (lookup !== '' && lookup !== 'n') return undefined
  for (const value of values) {
    const problem = filter.check?.(value)
    if (problem) return { error: problem }
    if (!filter.to || value === 'null') continue
    if (!/^\d+$/.test(value)) return { error: `“${value}” is not a valid value.` }
    if (!context.store.get(filter.to, Number(value))) return { error: missing(value) }
  }
  if (filter.ids && lookup === '') return { ids: filter.ids(values.map(Number), context) }
  const { match, ids } = filter
  if (ids) {
    const excluded = new Set(ids(values.map(Number), context))
    return { test: (row) => !excluded.has(row.id) }
  }
  const hit: Test = (row) => values.some((value) => match?.(row, value, context) ?? false)
  return { test: lookup === 'n' ? (row) => !hit(row) : hit }
}

type Asked = { readonly lookup: string; readonly values: string[] }

function fieldFilter(context: Context, model: Model, base: string, asked: Asked): Found {
  const { lookup, values } = asked
  if (base === 'created' || base === 'last_updated') return timeFilter(base, lookup, values)
  const byId = base.endsWith('_id') ? model.fields.find((one) => isReference(one, base)) : undefined
  if (byId?.to) return referenceFilter(context, model, byId, asked)
  const field = model.fields.find(({ name }) => name === base)
  if (!field || field.writeOnly || (field.since ?? 0) > context.minor) return undefined
  if (field.kind === 'fk' || field.kind === 'many') return naturalFilter(context, field, asked)
  if (field.kind === 'choice' && lookup === '') {
    const bad = values.find((value) => !field.choices?.some(([known]) => String(known) === value))
    if (bad !== undefined) return { error: missing(bad) }
  }
  const isNumber = field.kind === 'integer' || field.kind === 'decimal'
  const problem = isNumber && lookup !== 'empty' ? numericProblem(values) : undefined
  if (problem) return { error: problem }
  if (field.unique && lookup === '') {
    return { ids: values.flatMap((value) => [...context.store.ids(model.key, base, value)]) }
  }
  if (field.kind === 'json' || field.kind === 'ranges') return undefined
  const match = lookupMatch(isNumber ? 'integer' : 'string', lookup, values)
  return match && { test: (row) => match(row[base]) }
}

function isReference(field: Field, base: string): boolean {
  return (field.kind === 'fk' || field.kind === 'many') && `${field.name}_id` === base
}

function referenceFilter(context: Context, model: Model, field: Field, asked: Asked): Found {
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
function naturalFilter(context: Context, field: Field, { lookup, values }: Asked): Found {
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

function timeFilter(base: string, lookup: string, values: string[]): Found {
  if (values.some((value) => Number.isNaN(Date.parse(value))))
    return { error: 'Enter a valid date/time.' }
  const wanted = values.map((value) => microsecondsOf(value))
  const match = lookupMatch('integer', lookup, wanted.map(String))
  return match && { test: (row) => match(microsecondsOf(String(row[base]))) }
}

function microsecondsOf(iso: string): number {
  const fraction = /\.(\d+)/.exec(iso)?.[1] ?? ''
  return Date.parse(iso.replace(/\.\d+/, '')) * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6))
}
