import type { Change, Fields, FieldValue } from '@proxbox/contracts'
import { isRef } from '@proxbox/contracts'
import { isBlank } from '../canonical.ts'
import { isStaleRef } from '../going-away/stale-tag.ts'
import { type Cover, type Gaps, isByAgent, isByNetwork } from './gaps.ts'
import { type Guarded, guardBy } from './guard.ts'
import { vlanFields } from './vlan-fields.ts'

/** Fields by which an object is what it is, or where it hangs: any other value of them may be a wrong one. */
const telling = new Set(['name', 'assigned_object', 'primary_ip4', 'primary_ip6'])

/** Pure: a set that loses elements; the tag of what was missing is ours to take back. */
function isShrunk(before: FieldValue | undefined, after: FieldValue | undefined): boolean {
  if (!Array.isArray(before) || !Array.isArray(after)) return false
  const left = new Set(after.map((one) => (isRef(one) ? one.ref : String(one))))
  return before.some((one) => !isStaleRef(one) && !left.has(isRef(one) ? one.ref : String(one)))
}

/** Pure: would this field be emptied, renamed, or chosen anew, though it may only not have been seen? */
function isHarm(change: Change, field: string): boolean {
  const [before, after] = [change.before[field], change.after[field]]
  if (isBlank(before)) return false
  return isBlank(after) || telling.has(field) || isShrunk(before, after)
}

function isHidden(change: Change, field: string, facets: ReadonlySet<Cover>): boolean {
  if (facets.has('all')) return true
  if (facets.has('agent') && isByAgent(change.kind, field)) return true
  return facets.has('network') && isByNetwork(change.kind, field)
}

function spared(change: Change, facets: ReadonlySet<Cover>): Change | undefined {
  const fields = Object.keys(change.after)
  const lost = new Set(
    fields.filter((field) => isHarm(change, field) && isHidden(change, field, facets))
  )
  // The mode alone would empty the VLANs that are spared.
  if (vlanFields.some((field) => lost.has(field))) for (const field of vlanFields) lost.add(field)
  const kept = Object.entries(change.after).filter(([field]) => !lost.has(field))
  if (kept.length === 0) return undefined
  const after: Fields = Object.fromEntries(kept)
  return kept.length === fields.length ? change : { ...change, after }
}

/** Pure: does it say as a whole that something is gone? */
const isFarewell = ({ action, missing_since }: Change): boolean =>
  action === 'delete' || typeof missing_since === 'string'

const reason = 'Proxmox could not be read there: missing is not gone.'

/**
 * Pure: nothing is deleted, marked as stale, emptied, unlinked or renamed where a gap may hide what it is: the guest or
 * one facet of it, its node, the storage, the cluster. What else a Change says goes on.
 */
export function spareGaps(changes: readonly Change[], gaps: Gaps): Guarded {
  if (gaps.none) return { kept: changes, held: [] }
  const { kept, held } = guardBy('spare-gaps', changes, (change) => {
    const isSpared = isFarewell(change)
      ? gaps.hides(change)
      : change.action === 'update' && spared(change, gaps.over(change)) === undefined
    return isSpared ? { code: 'GAP', reason } : undefined
  })
  return {
    held,
    kept: kept.map((change) =>
      change.action === 'update' && !isFarewell(change)
        ? (spared(change, gaps.over(change)) ?? change)
        : change
    )
  }
}
