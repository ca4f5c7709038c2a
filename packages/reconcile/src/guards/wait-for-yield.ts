import { type Change, type HeldChange, isRef } from '@proxbox/contracts'
import { guestOf } from '../key-of.ts'
import type { Guarded } from './guard.ts'

/**
 * Pure: an address that a guest which is gone gives to a living one waits with the Change that marks that guest as gone:
 * held for a person, it would otherwise lose its addresses all the same, and NetBox refuses the primary one.
 *
 * @param planned all Changes, before any of them was held
 * @param ours NetBox key → our key, where we have one
 */
export function waitForYield(
  changes: readonly Change[],
  planned: readonly Change[],
  ours: (ref: string) => string
): Guarded {
  const sent = new Set(changes.map(({ key }) => key))
  const waiting = new Set(
    planned.filter(({ key, kind }) => kind === 'vm' && !sent.has(key)).map(({ key }) => key)
  )
  if (waiting.size === 0) return { kept: changes, held: [] }
  const isWaiting = ({ kind, action, before, after }: Change): boolean => {
    const { assigned_object: from } = before
    const { assigned_object: to } = after
    if (kind !== 'ip-address' || action !== 'update' || !isRef(from) || !isRef(to)) return false
    const giver = guestOf(ours(from.ref))
    return giver !== undefined && giver !== guestOf(to.ref) && waiting.has(giver)
  }
  const reason = 'A guest that is gone has this address until its held Change is written.'
  const held = changes
    .filter(isWaiting)
    .map((change): HeldChange => ({ change, guard: 'references', code: 'ITEM_HELD', reason }))
  return { kept: changes.filter((change) => !isWaiting(change)), held }
}
