import type { Change, CurrentItem, Fields, FieldValue } from '@proxbox/contracts'
import { canonical, elements, isBlank } from '../canonical.ts'
import type { Resolve } from '../identity/natural.ts'
import { isNetBoxs } from './netbox-defaults.ts'

interface Since {
  readonly lastWritten: Fields
  readonly resolve: Resolve
  readonly objects: ReadonlyMap<string, CurrentItem>
}

/**
 * Pure: the fields of an object of ours that a person has changed or added: neither what this Run wrote nor what we wrote
 * last stands there, nor what NetBox puts there by itself.
 */
export function touchedSince(
  change: Change,
  current: CurrentItem,
  { lastWritten, resolve, objects }: Since
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
      return !isBlank(now) && !isNetBoxs(current, field, (key) => objects.get(key))
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
