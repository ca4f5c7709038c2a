import type { Change, Fields, HeldChange } from '@proxbox/contracts'
import type { Guarded } from './guard.ts'

/** Pure: a Change with only some of its fields. */
export function onlyFields(change: Change, test: (field: string) => boolean): Change {
  const pick = (fields: Fields): Fields =>
    Object.fromEntries(Object.entries(fields).filter(([field]) => test(field)))
  return { ...change, before: pick(change.before), after: pick(change.after) }
}

export interface Parting {
  readonly code: string
  readonly reason: string
  /** Fields that are held; absent = the whole Change. */
  readonly fields?: ReadonlySet<string>
}

/** Pure: some fields of a Change are held, the others go on. */
export function parted(
  changes: readonly Change[],
  guard: string,
  test: (change: Change) => Parting | undefined
): Guarded {
  const kept: Change[] = []
  const held: HeldChange[] = []
  for (const change of changes) {
    const parting = test(change)
    if (parting === undefined) {
      kept.push(change)
      continue
    }
    const { code, reason, fields } = parting
    if (fields === undefined) {
      held.push({ change, guard, code, reason })
      continue
    }
    held.push({ change: onlyFields(change, (field) => fields.has(field)), guard, code, reason })
    const rest = onlyFields(change, (field) => !fields.has(field))
    if (Object.keys(rest.after).length > 0) kept.push(rest)
  }
  return { kept, held }
}
