import type { Change, CurrentItem, Fields, FieldValue } from '@proxbox/contracts'
import { canonical, elements, isBlank } from '../canonical.ts'
import { isNetBoxs } from './is-netboxs.ts'
import type { UndoContext } from './undo-context.ts'

interface Since extends Pick<UndoContext, 'resolve' | 'objects' | 'isDefault'> {
  readonly lastWritten: Fields
}

/**
 * Pure: the fields of an object of ours that a person has changed or added: neither what this Run wrote nor what we wrote
 * last stands there, nor what NetBox puts there by itself.
 */
export function touchedSince(
  change: Change,
  current: CurrentItem,
  { lastWritten, resolve, objects, isDefault }: Since
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
      if (isBlank(now) || isDefault(field, now)) return false
      return !isNetBoxs(current, field, (key) => objects.get(key))
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
