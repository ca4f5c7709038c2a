import type { Change } from '@proxbox/contracts'
import { type Guarded, guardBy } from './guard.ts'

/** Pure: only disks and MACs that we created and nobody made theirs are deleted. */
export const ownedOnly = (
  changes: readonly Change[],
  touched: (change: Change) => boolean
): Guarded =>
  guardBy('owned-only', changes, (change) => {
    if (change.action !== 'delete') return undefined
    const ours = change.origin === 'created' && ['disk', 'mac-address'].includes(change.kind)
    if (ours && !touched(change)) return undefined
    return { code: 'ITEM_HELD', reason: 'Not ours alone: a person made or extended it.' }
  })
