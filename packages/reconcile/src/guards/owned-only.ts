import type { Change, KindName } from '@proxbox/contracts'
import { isBlank } from '../canonical.ts'
import { type Guarded, guardBy } from './guard.ts'

/** Everything else is never deleted, whoever made it. */
const deletable: ReadonlySet<KindName> = new Set([
  'vm',
  'vm-interface',
  'interface',
  'mac-address',
  'disk'
])

const unlinks = ({ action, before, after }: Change): boolean =>
  action === 'update' && after.assigned_object === null && !isBlank(before.assigned_object)

/**
 * Pure: deleted or unlinked is only what we created and nobody built upon.
 *
 * @param builtUpon what a person has built upon it, in words
 */
export const ownedOnly = (
  changes: readonly Change[],
  builtUpon: (change: Change) => string | undefined
): Guarded =>
  guardBy('owned-only', changes, (change) => {
    const isDelete = change.action === 'delete'
    if (!isDelete && !unlinks(change)) return undefined
    if (isDelete && !deletable.has(change.kind))
      return { code: 'ITEM_HELD', reason: 'Objects of this kind are never deleted.' }
    const why = builtUpon(change)
    if (why === undefined) return undefined
    return { code: 'ITEM_HELD', reason: `Not ours alone: ${why}.` }
  })
