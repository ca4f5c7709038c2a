import { definitionsOf } from './custom-fields.ts'
import { lookupMatch, numericProblem } from './filter-lookup.ts'
import type { Context, Model } from './model.ts'
import { isRecord } from './python.ts'
import type { Row } from './row.ts'

/** `cf_<name>=`; a field with `filter_logic=disabled` has no filter, so it is ignored. */
export function customFieldFilter(
  context: Context,
  model: Model,
  name: string,
  { lookup, values }: { readonly lookup: string; readonly values: string[] }
): { test: (row: Row) => boolean } | { error: string } | undefined {
  const definition = definitionsOf(context, model.key).find((one) => one.name === name)
  if (!definition || definition.filter_logic === 'disabled') return undefined
  const stored = (row: Row) => (isRecord(row.custom_fields) ? row.custom_fields[name] : undefined)
  const isNumber = definition.type === 'integer' || definition.type === 'decimal'
  const problem = isNumber && lookup !== 'empty' ? numericProblem(values) : undefined
  if (problem) return { error: problem }
  // Text fields with loose logic are searched for the value as a part.
  const isText = ['text', 'longtext', 'url', 'json'].includes(String(definition.type))
  // A loose filter looks for a part of the text and has no lookups of its own.
  if (isText && lookup !== '' && definition.filter_logic === 'loose') return undefined
  const isLoose = isText && lookup === '' && definition.filter_logic === 'loose'
  const wanted = values.filter((value) => value !== 'null')
  const match = lookupMatch(isNumber ? 'integer' : 'string', isLoose ? 'ic' : lookup, wanted)
  if (!match) return undefined
  const orUnset = lookup === '' && wanted.length < values.length
  return {
    test: (row) => {
      const value = stored(row)
      if (orUnset && (value === null || value === undefined)) return true
      return match(typeof value === 'boolean' ? String(value) : value)
    }
  }
}
