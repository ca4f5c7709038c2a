import { clusterEvidence, fitting, type SoughtCluster } from '../cluster-evidence.ts'
import type { DesiredOptions } from '../options.ts'
import type { Reference } from './reference.ts'

/**
 * Pure: the NetBox cluster by the Ledger, else the one that will be adopted. What lies in it is looked for in the first Run
 * already.
 */
export function netboxClusterOf(
  key: string,
  sought: SoughtCluster,
  { options, reference }: { options: DesiredOptions; reference: Reference }
): string | undefined {
  const known = options.currentKeys?.get(key)
  if (known !== undefined) return known
  const others = new Set(options.currentKeys?.values())
  const all = reference.clusters.filter((one) => !others.has(one.key))
  const found = clusterEvidence
    .map((evidence) => fitting(evidence, sought, all, reference.siteOf))
    .find(({ length }) => length > 0)
  return found?.length === 1 ? found[0]?.key : undefined
}
