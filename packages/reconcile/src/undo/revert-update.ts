import type { Change, CurrentItem, Fields, FieldValue } from '@proxbox/contracts'
import { canonical } from '../canonical.ts'
import type { Resolve } from '../identity/natural.ts'

/** What an update wrote, taken back field by field. */
export interface Reverted {
  readonly before: Fields
  readonly after: Fields
  /** Fields that hold something else by now: they stay. */
  readonly moved: readonly string[]
}

const listOf = (value: FieldValue | undefined): readonly FieldValue[] =>
  Array.isArray(value) ? value : []

/**
 * Pure: the fields of a written update as they were before it, as far as they still hold what it wrote. Of a set only the
 * elements that it added go and those that it removed come back: what a person added since stays.
 */
export function revertUpdate(
  change: Change,
  current: CurrentItem,
  { resolve, ours }: { resolve: Resolve; ours: (value: FieldValue) => FieldValue }
): Reverted {
  const before: Record<string, FieldValue> = {}
  const after: Record<string, FieldValue> = {}
  const moved: string[] = []
  const text = (field: string, value: FieldValue | undefined) =>
    canonical(change.kind, field, value, resolve)
  for (const [field, wrote] of Object.entries(change.after)) {
    const now = current.fields[field] ?? null
    const old = change.before[field] ?? null
    if (text(field, now) === text(field, old)) continue
    const isMoved = !Array.isArray(wrote) && text(field, now) !== text(field, wrote)
    const target = Array.isArray(wrote)
      ? revertSet(listOf(now), { added: wrote, old: listOf(old) }, (one) => text(field, one))
      : ours(old)
    if (isMoved) moved.push(field)
    else if (text(field, target) !== text(field, now)) {
      before[field] = ours(now)
      after[field] = target
    }
  }
  return { before, after, moved }
}

/** Pure: each element under the key that the Ledger had it by: what was a person's does not become ours. */
function revertSet(
  now: readonly FieldValue[],
  { added, old }: { readonly added: readonly FieldValue[]; readonly old: readonly FieldValue[] },
  name: (one: FieldValue) => string
): FieldValue[] {
  const before = new Set(old.map(name))
  const wrote = new Set(added.map(name))
  const has = new Set(now.map(name))
  const kept = now.filter((one) => before.has(name(one)) || !wrote.has(name(one)))
  const back = old.filter((one) => !wrote.has(name(one)) && !has.has(name(one)))
  const names = new Map([...old, ...added].map((one) => [name(one), one]))
  return [...kept, ...back].map((one) => names.get(name(one)) ?? one)
}
