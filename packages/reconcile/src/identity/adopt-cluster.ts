import type { Item } from '@proxbox/contracts'
import { type ClusterEvidence, clusterEvidence, fitting } from '../cluster-evidence.ts'
import { ambiguous, type Found, free } from './found.ts'
import type { Matching } from './matching.ts'
import { anyCluster, refIn, textOf } from './natural.ts'

/** The ways by which a NetBox cluster is found to be an Item, best first. */
export const clusterWays = clusterEvidence.map(
  (evidence) =>
    (item: Item, matching: Matching): Found | undefined =>
      byEvidence(evidence, item, matching)
)

function byEvidence(evidence: ClusterEvidence, item: Item, matching: Matching): Found | undefined {
  const sought = {
    name: textOf(item.fields, 'name'),
    label: textOf(item.fields, 'cf.proxmox_cluster'),
    site: refIn(item.fields, 'scope', matching.resolve),
    named: item.evidence?.netbox_cluster ?? null
  }
  const [one, ...others] = fitting(
    evidence,
    sought,
    free(matching, matching.named('cluster', anyCluster)),
    (scope) => {
      const at = matching.object(scope)
      return at?.kind === 'location' ? refIn(at.fields, 'site', (ref) => ref) : scope
    }
  )
  if (one === undefined) return undefined
  return others.length > 0
    ? ambiguous(item, matching, [one, ...others])
    : { current: one, by: evidence.by }
}
