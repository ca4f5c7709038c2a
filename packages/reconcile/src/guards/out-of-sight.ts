import type { Change, KindName } from '@proxbox/contracts'
import { wordFor } from '../identity/found-by.ts'
import type { Sight } from '../sight/sights.ts'
import { viewOf } from '../sight/view-of.ts'
import { type Guarded, guardBy } from './guard.ts'

type Sights = ReadonlyMap<string, Sight>

/**
 * Pure: what is in NetBox, and only out of the token's sight, is neither made again nor taken for another object. No
 * approval helps: it would be there twice.
 */
export const outOfSight = (changes: readonly Change[], sights: Sights): Guarded =>
  guardBy('out-of-sight', changes, (change) => {
    const sight = change.action === 'delete' ? undefined : sights.get(change.key)
    if (sight === undefined || isDoubtful(sight)) return undefined
    return { code: 'ITEM_HELD', reason: hiddenReason(change, sight) }
  })

/** Pure: what was not read, and may be gone or not, waits for a person who knows. */
export const doubtful = (changes: readonly Change[], sights: Sights): Guarded =>
  guardBy('vanished', changes, (change) => {
    const sight = change.action === 'delete' ? undefined : sights.get(change.key)
    if (sight === undefined || !isDoubtful(sight)) return undefined
    const why =
      sight.state === 'kept'
        ? "NetBox's changelog knows it and tells of no deletion: it may be at another place"
        : 'whether it is gone could not be counted'
    const reason = `The token sees no ${nameOf(change)} in NetBox any more, and ${why}. Let the token view it (${viewOf(change.kind)}), or approve the Run if it was deleted.`
    return { code: 'ITEM_HELD', reason }
  })

type Doubtful = Extract<Sight, { state: 'uncounted' | 'kept' }>

/** Pure: can only a person say whether it is there? */
export const isDoubtful = (sight: Sight): sight is Doubtful =>
  sight.state === 'uncounted' || sight.state === 'kept'

function hiddenReason(change: Change, sight: Exclude<Sight, Doubtful>): string {
  const whole = `The token does not see ${nameOf(change)}, which is in NetBox:`
  if (sight.state === 'referred')
    return `${whole} ${nameOf(sight.by)} refers to it. Let the token view it (${viewOf(change.kind)}).`
  const { row, holder, count, seen } = sight
  const counted = `${nameOf(holder)} has ${count} of kind ${wordFor(row.kind)}, and ${seen} can be seen.`
  if (row.key === change.key)
    return `${whole} ${counted} Let the token view it (${viewOf(change.kind)}).`
  return `${whole} it hangs on a ${wordFor(row.kind)} that is out of sight as well. ${counted} Let the token view both (${viewOf(row.kind)}, ${viewOf(change.kind)}).`
}

const nameOf = ({ kind, label }: { kind: KindName; label: string }): string =>
  `${wordFor(kind)} ${label}`
