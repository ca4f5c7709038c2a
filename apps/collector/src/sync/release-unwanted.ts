import type { Gap, KindName, Plan, Quarantined } from '@proxbox/contracts'
import { kindsFor } from '@proxbox/reconcile'
import type { Sides } from './read-sides.ts'
import { isWhole } from './record-review.ts'
import type { SyncParts } from './run-parts.ts'

/** Pure: creates that NetBox has refused and of which a Plan over everything says nothing any more, by key. */
function unwantedCreates(
  { changes, held, conflicts, notices, adoptions }: Plan,
  quarantine: readonly Quarantined[],
  compared: readonly KindName[]
): string[] {
  const named = new Set([
    // What has been found meanwhile leaves quarantine with its adoption.
    ...[...changes, ...adoptions, ...conflicts, ...notices].map(({ key }) => key),
    ...held.map(({ change }) => change.key)
  ])
  return quarantine.flatMap(({ key, kind, action }) =>
    action === 'create' && compared.includes(kind) && !named.has(key) ? [key] : []
  )
}

/** A cluster that is held, or whose list counts as not read, says nothing of its guests. */
const hidesGuests = ({ notices }: Plan): boolean =>
  notices.some(({ code }) => code === 'GAP' || code === 'SITE_MISSING')

/**
 * Ends the quarantine of what left Proxmox before NetBox took it. Only a Run that looks at everything and whose lists were
 * all read can tell; one of mode apply plans what a person has approved, not all that is wanted.
 */
export async function releaseUnwanted(
  plan: Plan,
  gaps: readonly Gap[],
  parts: Pick<SyncParts, 'types' | 'query' | 'lease' | 'reporter'> &
    Pick<Sides, 'facts' | 'known' | 'current'>
): Promise<void> {
  const { types, query, lease, reporter, facts, known, current } = parts
  const tells = lease.mode !== 'apply' && isWhole(types, query)
  if (!tells || gaps.length > 0 || hidesGuests(plan)) return
  const { owned } = kindsFor(types, current.version)
  const keys = unwantedCreates(plan, known.quarantine, owned)
  if (keys.length === 0) return
  const released = await facts.recordUnwanted(keys)
  if (released === 0) return
  const message = `${released} refused ${released === 1 ? 'object is' : 'objects are'} wanted no more and left quarantine`
  reporter.step('quarantine', 'completed', message)
}
