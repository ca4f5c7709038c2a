import { type Change, type CurrentItem, type FieldValue, isRef } from '@proxbox/contracts'
import type { Places } from './places.ts'

/** Pure: is the object gone, or does a field that the Change would write no longer hold the value it was planned on? */
export function hasMoved(change: Change, now: CurrentItem | undefined, places: Places): boolean {
  if (now === undefined) return true
  if (change.action === 'delete') return false
  return Object.entries(change.before).some(
    ([name, before]) => textOf(before, places) !== textOf(now.fields[name] ?? null, places)
  )
}

/** One text per value: references by NetBox id, sets without order, nothing and '' alike. */
function textOf(value: FieldValue, places: Places): string {
  if (value === null || value === '') return ''
  if (Array.isArray(value))
    return value
      .map((one: FieldValue) => textOf(one, places))
      .sort()
      .join('\n')
  if (isRef(value)) return places.get(value.ref) ?? value.ref
  return typeof value === 'string' ? value.trim() : String(value)
}
