import type { Change, KindName } from '@proxbox/contracts'
import { isBlank } from '../canonical.ts'

const isLeaving = ({ action, before, after }: Change): boolean =>
  action === 'delete' || (after.assigned_object === null && !isBlank(before.assigned_object))

/**
 * Pure: NetBox ids by kind of all that a Plan would delete or unlink, with what goes along. What hangs on them and is in
 * no table (services, journal entries, contacts) is asked for these alone; where there is some, the facts are planned
 * again with it as `attached`.
 */
export function leavingObjects(
  changes: readonly Change[]
): ReadonlyMap<KindName, readonly number[]> {
  const ids = new Map<KindName, number[]>()
  for (const change of changes) {
    if (change.netbox_id === null || !isLeaving(change)) continue
    const known = ids.get(change.kind)
    if (known === undefined) ids.set(change.kind, [change.netbox_id])
    else known.push(change.netbox_id)
  }
  return ids
}
