import {
  type Change,
  type CurrentItem,
  type Fields,
  type FieldValue,
  kinds
} from '@proxbox/contracts'
import { canonical, elements, isBlank } from '../canonical.ts'
import type { Resolve } from '../identity/natural.ts'

/**
 * Pure: the fields of an object of ours that a person has changed or added: neither what this Run wrote nor what we wrote
 * last stands there. Numbers and choices that we never wrote are NetBox's own defaults.
 */
export function touchedSince(
  change: Change,
  current: CurrentItem,
  { lastWritten, resolve }: { readonly lastWritten: Fields; readonly resolve: Resolve }
): readonly string[] {
  const { kind, after } = change
  const text = (field: string, value: FieldValue | undefined) =>
    canonical(kind, field, value, resolve)
  return Object.entries(current.fields)
    .filter(([field, now]) => {
      const ours = [after[field], lastWritten[field]].filter((value) => value !== undefined)
      if (ours.some((value) => text(field, value) === text(field, now))) return false
      if (Array.isArray(now))
        return hasForeign(now, ours, (all) => elements(kind, field, all, resolve))
      if (ours.length > 0) return true
      return !isBlank(now) && isWritten(change, field)
    })
    .map(([field]) => field)
}

/** Pure: does a set hold something that we never put there? */
function hasForeign(
  now: readonly FieldValue[],
  ours: readonly FieldValue[],
  names: (all: readonly FieldValue[]) => readonly string[]
): boolean {
  const known = new Set(ours.flatMap((value) => (Array.isArray(value) ? names(value) : [])))
  return names(now).some((one) => !known.has(one))
}

/** Pure: is it something that only a person writes: a text or a custom field? */
const isWritten = ({ kind }: Change, field: string): boolean =>
  field.startsWith('cf.') || kinds[kind].fields[field]?.type === 'text'
