import type { Change, HeldChange } from '@proxbox/contracts'
import type { Guarded } from './guard.ts'
import { onlyFields } from './parted.ts'

export interface Ends {
  /** Addresses that leave, by the primary field (`key|field`) that only changes with them. */
  readonly chosen: ReadonlyMap<string, string>
  /** What must be sent along so that NetBox accepts an unlinking: a field of another object. */
  readonly primaryOf: (
    change: Change
  ) => { readonly key: string; readonly field: string } | undefined
  /** What hangs on a deleted object and must leave it or be deleted before. */
  readonly hangingOn: (
    change: Change
  ) => readonly { readonly key: string; readonly label: string }[]
}

const hold = (change: Change, reason: string): HeldChange => ({
  change,
  guard: 'references',
  code: 'ITEM_HELD',
  reason
})

/** Pure: a primary field changes only because its address leaves: not where that is held. */
function withoutIdleFields(
  change: Change,
  chosen: Ends['chosen'],
  isLeaving: (address: string) => boolean
): readonly Change[] {
  const isIdle = (field: string): boolean => {
    const address = chosen.get(`${change.key}|${field}`)
    return address !== undefined && !isLeaving(address)
  }
  if (!Object.keys(change.after).some(isIdle)) return [change]
  const left = onlyFields(change, (field) => !isIdle(field))
  return Object.keys(left.after).length === 0 ? [] : [left]
}

/**
 * Pure: an address stays while it is primary, an interface while an address or MAC stays on it, and a guest while an
 * address that is another's by now has not left it.
 */
export function looseEnds(changes: readonly Change[], ends: Ends): Guarded {
  const byKey = new Map(changes.map((change) => [change.key, change]))
  const held: HeldChange[] = []
  const stays = new Set<string>()
  for (const change of changes) {
    const primary = ends.primaryOf(change)
    if (primary === undefined) continue
    const { after } = byKey.get(primary.key) ?? {}
    if (after !== undefined && primary.field in after) continue
    stays.add(change.key)
    held.push(hold(change, 'It is the primary address, which does not change in this Run.'))
  }
  const isSent = (key: string): boolean => {
    const change = byKey.get(key)
    if (change === undefined || stays.has(key)) return false
    return change.action === 'delete' || 'assigned_object' in change.after
  }
  for (const change of changes) {
    if (change.action !== 'delete') continue
    const left = ends.hangingOn(change).find(({ key }) => !isSent(key))
    if (left === undefined) continue
    stays.add(change.key)
    held.push(hold(change, `${left.label} stays on it.`))
  }
  const kept = changes.filter(({ key }) => !stays.has(key))
  return {
    kept:
      ends.chosen.size === 0
        ? kept
        : kept.flatMap((change) => withoutIdleFields(change, ends.chosen, isSent)),
    held
  }
}
