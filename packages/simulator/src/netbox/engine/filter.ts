import { customFieldFilter } from './filter-custom.ts'
import { fieldFilter } from './filter-field.ts'
import { lookupMatch, numericProblem } from './filter-lookup.ts'
import { type Found, missing, type Test } from './filter-reference.ts'
import type { Context, Filter, Model } from './model.ts'
import type { Row } from './row.ts'

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
  const sets: Iterable<number>[] = []
  for (const name of new Set(query.keys())) {
    const values = query.getAll(name).filter((value) => value !== '')
    const found = values.length > 0 ? filterOf(context, model, name, values) : undefined
    if (found && 'error' in found) errors[name] = [found.error]
    else if (found?.test) tests.push(found.test)
    else if (found?.ids) sets.push(found.ids)
  }
  const [first, ...others] = sets
  const ids = first && others.reduce<Set<number>>(intersect, new Set(first))
  return { tests, ids, errors }
}

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
  if (special && (lookup === '' || lookup === 'n')) {
    return specialFilter(context, special, lookup, values)
  }
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

function specialFilter(context: Context, filter: Filter, lookup: string, values: string[]): Found {
  for (const value of values) {
    const problem = problemOf(context, filter, value)
    if (problem) return { error: problem }
  }
  const { match, ids } = filter
  if (ids && lookup === '') return { ids: ids(values.map(Number), context) }
  const excluded = ids && new Set(ids(values.map(Number), context))
  if (excluded) return { test: (row) => !excluded.has(row.id) }
  const hit: Test = (row) => values.some((value) => match?.(row, value, context) ?? false)
  return { test: lookup === 'n' ? (row) => !hit(row) : hit }
}

function problemOf(context: Context, filter: Filter, value: string): string | undefined {
  const problem = filter.check?.(value)
  if (problem) return problem
  if (filter.ids && !/^\d+$/.test(value)) return `“${value}” is not a valid value.`
  return filter.to && !context.store.get(filter.to, Number(value)) ? missing(value) : undefined
}
