import type { Change } from '@proxbox/contracts'
import { guestsInScope, wantedBy } from '../desired/desired-items.ts'
import { guestOf } from '../key-of.ts'
import type { Matching } from '../match.ts'
import type { Desired } from '../options.ts'
import type { PlanInput } from '../plan-input.ts'
import { translatedFields } from './translated-fields.ts'

/** Pure: our disks and MACs that a guest whose configuration was read does not have any more. */
export function deletions(
  input: PlanInput,
  desired: Desired,
  matching: Matching
): readonly Change[] {
  const wanted = wantedBy(input.options.syncTypes)
  const heldClusters = new Set(desired.held.map(({ cluster }) => cluster))
  const read = new Set(
    input.estate.clusters
      .filter(({ clusterId }) => !heldClusters.has(clusterId))
      .flatMap((cluster) => guestsInScope(cluster, input.options))
      .filter(({ guest }) => guest.config !== undefined)
      .map(({ key }) => key)
      .filter((key) => matching.desiredKeys.has(key))
  )
  return input.ledger.flatMap((row): Change[] => {
    const asked =
      (row.kind === 'disk' && wanted.disks) || (row.kind === 'mac-address' && wanted.interfaces)
    const known = matching.byKey.get(row.key)
    if (!asked || known === undefined || matching.desiredKeys.has(row.key)) return []
    if (row.origin !== 'created' || !read.has(guestOf(row.key) ?? '')) return []
    if (matching.claimed.get(known.current.key) !== row.key) return []
    return [
      {
        key: row.key,
        kind: row.kind,
        action: 'delete',
        netbox_id: known.current.netbox_id,
        before: translatedFields(known.current, matching),
        after: {},
        why: {},
        label: known.current.label,
        origin: row.origin
      }
    ]
  })
}
