import type { Token } from './message.ts'
import type { Model } from './model.ts'
import type { Row } from './row.ts'

/**
 * Which objects a token's user sees of a model. They restrict what is listed, shown and written by id; what other objects
 * tell of them (nested, counted, by a filter) they do not (netbox.api.viewsets: queryset.restrict).
 */
export function seenBy(token: Token | undefined, { key }: Pick<Model, 'key'>) {
  const constraints = token?.constraints?.[key]
  if (constraints === undefined) return () => true
  const tests = Object.entries(constraints).map(([lookup, wanted]) => testOf(lookup, wanted))
  return (row: Row): boolean => tests.every((test) => test(row))
}

function testOf(lookup: string, wanted: unknown): (row: Row) => boolean {
  const [field = '', way] = lookup.split('__', 2)
  if (way === undefined) return (row) => row[field] === wanted
  if (way !== 'in' || !Array.isArray(wanted)) throw new Error(`${lookup} cannot be simulated`)
  const values = new Set<unknown>(wanted)
  return (row) => values.has(row[field])
}
