import { addressSortKey } from './addresses.ts'
import type { Context, Model } from './model.ts'
import type { Row } from './row.ts'

const caches = new WeakMap<object, Map<string, { version: number; rows: Row[] }>>()

/** All rows of a model in its default order, or by the request's `ordering`; bad names are ignored. */
export function orderedRows(context: Context, model: Model, ordering: string | null): Row[] {
  const { store } = context
  const terms = termsOf(model, ordering)
  const cache = caches.get(store) ?? new Map<string, { version: number; rows: Row[] }>()
  caches.set(store, cache)
  const key = `${model.key}:${terms.join(',')}`
  const known = cache.get(key)
  const version = store.version(model.key)
  if (known?.version === version) return known.rows
  const rows = sortRows(model, [...store.rows(model.key)], terms)
  // One entry per order that a client asked for; far more would be a leak.
  if (cache.size > 100) cache.clear()
  cache.set(key, { version, rows })
  return rows
}

export function sortRows(model: Model, rows: readonly Row[], terms: readonly string[]): Row[] {
  const keys = new Map(rows.map((row) => [row.id, terms.map((term) => sortKey(model, row, term))]))
  return [...rows].sort((a, b) => {
    const left = keys.get(a.id) ?? []
    const right = keys.get(b.id) ?? []
    for (const [n, term] of terms.entries()) {
      const order = compare(left[n] ?? '', right[n] ?? '')
      if (order !== 0) return term.startsWith('-') ? -order : order
    }
    return a.id - b.id
  })
}

function termsOf(model: Model, ordering: string | null): readonly string[] {
  const isKnown = (term: string) => {
    const name = term.replace(/^-/, '')
    if (['id', 'created', 'last_updated'].includes(name)) return true
    return model.fields.some((field) => field.name === name)
  }
  const asked = (ordering ?? '').split(',').filter((term) => term !== '' && isKnown(term))
  return asked.length > 0 ? asked : model.ordering
}

type SortKey = string | number

function sortKey(model: Model, row: Row, term: string): SortKey {
  const name = term.replace(/^-/, '')
  const value = row[name]
  const field = model.fields.find((one) => one.name === name)
  if (field?.kind === 'address' || field?.kind === 'prefix') return addressSortKey(String(value))
  if (typeof value === 'number') return value
  if (value === null || value === undefined) return field?.kind === 'fk' ? -1 : ''
  return name === 'name' ? naturalKey(String(value)) : String(value)
}

/** NetBox sorts names naturally: vm2 before vm10. */
function naturalKey(text: string): string {
  return text.toLowerCase().replaceAll(/\d+/g, (digits) => digits.padStart(10, '0'))
}

function compare(a: SortKey, b: SortKey): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0
}
