import { type Estate, isRef, type LedgerRow } from '@proxbox/contracts'
import { nodeOf } from '../key-of.ts'

/** Pure: the cluster of a device, as we wrote it last. */
export function clusterOfDevice({ last_written: { cluster } }: LedgerRow): string | undefined {
  return isRef(cluster) ? /^cluster:(.+)$/.exec(cluster.ref)?.[1] : undefined
}

/** Pure: the cluster of a node, which its key does not tell: as read now, else as the Ledger knows it. */
export function clustersOfNodes(
  estate: Estate,
  ledger: readonly LedgerRow[]
): (nodeId: string) => string | undefined {
  const known = new Map<string, string>()
  for (const row of ledger) {
    const cluster = row.kind === 'device' ? clusterOfDevice(row) : undefined
    if (cluster !== undefined) known.set(nodeOf(row.key) ?? '', cluster)
  }
  for (const { clusterId, nodes } of estate.clusters)
    for (const { nodeId } of nodes) known.set(nodeId, clusterId)
  return (nodeId) => known.get(nodeId)
}
