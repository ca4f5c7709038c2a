import { isRef, type LedgerRow } from '@proxbox/contracts'
import { wantedBy } from '../desired/desired-items.ts'
import type { Compared } from '../diff/compare.ts'
import type { Gaps } from '../guards/gaps.ts'
import type { Matched, Matching } from '../identity/matching.ts'
import type { Desired, DesiredOptions } from '../options.ts'
import type { PlanInput } from '../plan-input.ts'
import { backAgain } from './back-again.ts'
import { deletion, objectOf } from './deletion.ts'
import { isOverdue } from './is-overdue.ts'
import { type Listed, missingFrom } from './listed.ts'
import { goneStatus, learnedOf, markStale } from './mark-stale.ts'
import { type Left, leavingParts } from './parts.ts'
import { keepPrimary } from './primary.ts'
import { staleTag } from './stale-tag.ts'

export interface Leaving {
  readonly input: PlanInput
  readonly desired: Desired
  readonly matching: Matching
  readonly listed: Listed
  readonly gaps: Gaps
}

/** Pure: does something get the stale tag, or has it by us? Without that the tag is no Item. */
export function needsStaleTag(input: PlanInput, listed: Listed): boolean {
  if (input.ledger.some(({ key }) => key === staleTag)) return true
  return missingFrom(listed, input).some((row) => row.first_missing_at === null)
}

/** Pure: a guest that we made and that has been missing for its time, where such are to be deleted and all of it is read. */
function isRetired({ kind, origin, first_missing_at }: LedgerRow, options: DesiredOptions) {
  const { endpoint, settings, syncTypes, now } = options
  if (kind !== 'vm' || origin !== 'created' || endpoint.missingPolicy !== 'delete') return false
  // NetBox deletes all that hangs on it: what a person made of that must be in the tables that were read.
  const { disks, addresses } = wantedBy(syncTypes)
  if (!disks || !addresses) return false
  return isOverdue(first_missing_at, settings.retire_after_days, now)
}

/** Pure: does NetBox still say that it goes? What an undo or a person took back is not deleted behind their back. */
function isMarked({ current }: Matched, { resolve }: Matching): boolean {
  const { status, tags } = current.fields
  const stale = resolve(staleTag)
  const has = Array.isArray(tags) && tags.some((one) => isRef(one) && resolve(one.ref) === stale)
  return has || status === goneStatus
}

/** Pure: may a living guest be this one, built again? While a person has not said so, it stays. */
const isAskedFor = ({ current }: Matched, { conflicts }: Matching): boolean =>
  conflicts.some(
    ({ code, netbox_id, decisions }) =>
      code === 'guest-rebuilt' &&
      (netbox_id === current.netbox_id ||
        decisions.some(({ decision }) => decision === `adopt:vm/${current.netbox_id}`))
  )

function leavingTop(row: LedgerRow, known: Matched, { input, matching, gaps }: Leaving): Left {
  const { options } = input
  if (row.first_missing_at !== null) {
    const learned = Object.keys(known.announced ?? {}).length > 0 ? [learnedOf(row, known)] : []
    const isGone =
      isRetired(row, options) && isMarked(known, matching) && !isAskedFor(known, matching)
    const gone = isGone ? [deletion(row, known, matching)] : []
    return { changes: gone, adoptions: learned }
  }
  const marked = markStale(row, known, { matching, options })
  if ('change' in marked) return { changes: [marked.change], adoptions: [] }
  return { changes: [], adoptions: gaps.hides(row) ? [] : [marked.adoption] }
}

/** Pure: guests and nodes that are gone: marked first, and guests of ours deleted after their time, where that is wanted. */
function leavingTops(leaving: Leaving): Left {
  const left = missingFrom(leaving.listed, leaving.input).flatMap((row) => {
    const known = objectOf(row, leaving.matching)
    return known === undefined ? [] : [leavingTop(row, known, leaving)]
  })
  return {
    changes: left.flatMap(({ changes }) => changes),
    adoptions: left.flatMap(({ adoptions }) => adoptions)
  }
}

/** Pure: what was compared, with all that goes away and comes back. */
export function goingAway(compared: Compared, leaving: Leaving): Compared {
  const { input, desired, matching, listed } = leaving
  const tops = leavingTops(leaving)
  const parts = leavingParts(input, leaving)
  const back = backAgain(
    { ...compared, changes: keepPrimary(compared.changes, parts.expired, matching) },
    desired.items,
    listed.guests,
    matching
  )
  return {
    ...back,
    changes: [...back.changes, ...tops.changes, ...parts.changes],
    adoptions: [...back.adoptions, ...tops.adoptions, ...parts.adoptions],
    notices: [...back.notices, ...listed.notices]
  }
}
