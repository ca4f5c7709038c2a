import { lookupMatch, numericProblem } from './filter-lookup.ts'
import {
  type Asked,
  type Found,
  isReference,
  missing,
  naturalFilter,
  referenceFilter
} from './filter-reference.ts'
import type { Context, Model } from './model.ts'
import type { Field } from './table-shape.ts'

/** A filter on the model's own field, or on what it refers to. */
export function fieldFilter(context: Context, model: Model, base: string, asked: Asked): Found {
  const { lookup, values } = asked
  if (base === 'created' || base === 'last_updated') return timeFilter(base, lookup, values)
  const byId = base.endsWith('_id') ? model.fields.find((one) => isReference(one, base)) : undefined
  if (byId?.to) return referenceFilter(context, model, byId, asked)
  const field = model.fields.find(({ name }) => name === base)
  if (!field || field.writeOnly || (field.since ?? 0) > context.minor) return undefined
  if (field.kind === 'fk' || field.kind === 'many') return naturalFilter(context, field, asked)
  return valueFilter(context, model, field, asked)
}

function valueFilter(context: Context, model: Model, field: Field, asked: Asked): Found {
  const { lookup, values } = asked
  const isNumber = field.kind === 'integer' || field.kind === 'decimal'
  const problem = problemOf(field, asked)
  if (problem) return { error: problem }
  if (field.kind === 'json' || field.kind === 'ranges') return undefined
  if (field.unique && lookup === '') {
    return { ids: values.flatMap((value) => [...context.store.ids(model.key, field.name, value)]) }
  }
  const match = lookupMatch(isNumber ? 'integer' : 'string', lookup, values)
  return match && { test: (row) => match(row[field.name]) }
}

function problemOf(field: Field, { lookup, values }: Asked): string | undefined {
  if (field.kind === 'choice' && lookup === '') {
    const bad = values.find((value) => !field.choices?.some(([known]) => String(known) === value))
    if (bad !== undefined) return missing(bad)
  }
  const isNumber = field.kind === 'integer' || field.kind === 'decimal'
  return isNumber && lookup !== 'empty' ? numericProblem(values) : undefined
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
