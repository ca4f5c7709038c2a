import type { CurrentItem } from '@proxbox/contracts'
import { isLabelOf, refIn, textOf } from './identity/natural.ts'

/** A cluster that is looked for in NetBox. */
export interface SoughtCluster {
  readonly name: string
  /** Value of `proxmox_cluster`. */
  readonly label: string
  /** NetBox key of its site. */
  readonly site: string
  /** The name that its Endpoint tells, if it tells one: it is that one wherever it lies. */
  readonly named: string | null
}

/** A NetBox cluster, its texts in lower case as those that it is held against: `scope` is where it was put, `site` the site in which that lies. */
interface SeenCluster {
  readonly name: string
  readonly label: string
  readonly scope: string
  readonly site: string
}

export interface ClusterEvidence {
  readonly by: 'name' | 'custom-field'
  fits(seen: SeenCluster, sought: SoughtCluster): boolean
}

/** By what a NetBox cluster is one of ours, best first. */
export const clusterEvidence: readonly ClusterEvidence[] = [
  { by: 'name', fits: ({ name, scope }, one) => name === one.name && scope === one.site },
  { by: 'name', fits: ({ name, scope }, one) => name === one.name && scope === '' },
  {
    by: 'custom-field',
    fits: ({ label, scope }, one) => label === one.label && scope === one.site
  },
  { by: 'name', fits: ({ name }, one) => name === one.named },
  // In a location of the site it lies in that site too: NetBox takes no second one of its name there.
  { by: 'name', fits: ({ name, site }, one) => name === one.name && site === one.site }
]

/** Pure: those that it is by this evidence; one that is marked for another cluster is not it. */
export function fitting(
  { fits }: ClusterEvidence,
  sought: SoughtCluster,
  all: readonly CurrentItem[],
  siteOf: (scope: string) => string
): readonly CurrentItem[] {
  const lower = (text: string) => text.trim().toLowerCase()
  const one = {
    name: lower(sought.name),
    label: lower(sought.label),
    site: sought.site,
    named: sought.named === null ? null : lower(sought.named)
  }
  return all.filter(({ fields }) => {
    const scope = refIn(fields, 'scope', (ref) => ref)
    const [name, label] = [textOf(fields, 'name'), textOf(fields, 'cf.proxmox_cluster')]
    return isLabelOf(label, one.label) && fits({ name, label, scope, site: siteOf(scope) }, one)
  })
}
