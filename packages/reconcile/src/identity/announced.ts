import type { Fields, FieldValue, Intent } from '@proxbox/contracts'
import { canonical, elements } from '../canonical.ts'
import type { Matched } from './matching.ts'
import type { Resolve } from './natural.ts'

const listOf = (value: FieldValue | undefined): readonly FieldValue[] =>
  Array.isArray(value) ? value : []

interface Side {
  readonly intent: Intent
  readonly field: string
  readonly resolve: Resolve
}

/** Pure: the elements of a set that we had, with those that were announced and are there. */
function elementsOf({ base, current }: Matched, { intent, field, resolve }: Side): FieldValue {
  const { kind } = intent
  const name = (one: FieldValue) => canonical(kind, field, one, resolve)
  const there = new Set(elements(kind, field, listOf(current.fields[field]), resolve))
  const before = new Set(elements(kind, field, listOf(intent.before[field]), resolve))
  const had = listOf(base[field])
  const known = new Set(had.map(name))
  const added = listOf(intent.values[field]).filter(
    (one) => there.has(name(one)) && !before.has(name(one)) && !known.has(name(one))
  )
  return [...had, ...added]
}

/** Pure: what open intents tell of an object's fields that NetBox holds: it was us who wrote it. */
export function announcedIn(
  matched: Matched,
  intents: readonly Intent[],
  resolve: Resolve
): Fields {
  const ours: Record<string, FieldValue> = {}
  for (const intent of intents) {
    if (intent.action === 'delete') continue
    for (const [field, value] of Object.entries(intent.values)) {
      const text = (one: FieldValue | undefined) => canonical(intent.kind, field, one, resolve)
      const base = matched.base[field]
      const mine = Array.isArray(value) ? elementsOf(matched, { intent, field, resolve }) : value
      const isThere = Array.isArray(value) || text(value) === text(matched.current.fields[field])
      if (isThere && text(mine) !== text(base)) ours[field] = mine
    }
  }
  return ours
}
