import { type Fields, type Item, isRef, type LedgerRow } from '@proxbox/contracts'
import { nodeOf } from '../key-of.ts'

const clusterIn = ({ cluster }: Fields): string | undefined =>
  cluster !== undefined && isRef(cluster) && cluster.ref.startsWith('cluster:')
    ? cluster.ref.slice('cluster:'.length)
    : undefined

/**
 * Pure: the cluster id of a node, which its key does not tell: where Proxmox lists it now, else what we wrote of its device.
 * Undefined where neither says it, as of a device that a person keeps in a NetBox cluster of their own.
 */
export function clustersOfNodes(
  desired: readonly Item[],
  ledger: readonly LedgerRow[]
): (nodeId: string) => string | undefined {
  const told = [
    ...ledger.map(({ key, kind, last_written }) => ({ key, kind, fields: last_written })),
    ...desired
  ].flatMap(({ key, kind, fields }): [string, string][] => {
    const cluster = kind === 'device' ? clusterIn(fields) : undefined
    return cluster === undefined ? [] : [[nodeOf(key) ?? '', cluster]]
  })
  const known = new Map(told)
  return (nodeId) => known.get(nodeId)
}
