import {
  apiPrefix,
  clusterKey,
  type KindName,
  type LedgerRow,
  type Notice,
  netboxKey
} from '@proxbox/contracts'
import type { Matching } from '../identity/matching.ts'
import { clusterIn, nodeOf } from '../key-of.ts'
import type { PlanInput } from '../plan-input.ts'

/**
 * Pure: what NetBox still has of ids that have become one with an older one. It is released and compared no more, so
 * nothing else would tell of it; whether it can go, only a person knows.
 */
export function leftBehind(
  { estate, ledger, options }: Pick<PlanInput, 'estate' | 'ledger' | 'options'>,
  matching: Matching
): readonly Notice[] {
  const merged = options.mergedClusters
  if (merged === undefined || merged.size === 0) return []
  const idOf = ({ key }: LedgerRow): string =>
    clusterIn(key) ?? matching.clusterOfNode(nodeOf(key) ?? '') ?? ''
  const left = Map.groupBy(
    ledger.filter((row) => isThere(row, matching)),
    idOf
  )
  return [...merged].flatMap(([id, into]) => {
    const rows = left.get(id) ?? []
    const cluster = estate.clusters.find(({ clusterId }) => clusterId === into)
    if (rows.length === 0 || cluster === undefined) return []
    const label = `${cluster.name} (${into})`
    const detail = `${label} was taken for two clusters, and NetBox still has ${counted(rows.length, 'object')} of its other id ${id}: ${listed(rows)}. They are compared no more; ${apiPrefix}/items/?cluster=${id} lists what was written.`
    return [{ key: clusterKey(into), label, code: 'CLUSTER_MERGED', detail }]
  })
}

/** Pure: NetBox has it, and it has not become the object of another Item. */
function isThere({ key, kind, netbox_id }: LedgerRow, matching: Matching): boolean {
  const place = netboxKey(kind, netbox_id)
  return matching.object(place) !== undefined && (matching.claimed.get(place) ?? key) === key
}

/** What a person deletes; everything else goes with one of these. */
const tops: Partial<Record<KindName, string>> = {
  cluster: 'cluster',
  device: 'device',
  vm: 'VM',
  'vlan-group': 'VLAN group',
  vlan: 'VLAN'
}

/** Pure: the objects by kind, the cluster by name, for it is where a person finds them; and whose they were before. */
function listed(rows: readonly LedgerRow[]): string {
  const byKind = Map.groupBy(rows, ({ kind }) => tops[kind] ?? 'part')
  const names = (byKind.get('cluster') ?? []).map(
    ({ last_written, netbox_id }) => ` "${String(last_written.name)}" (NetBox id ${netbox_id})`
  )
  const counts = [...Object.values(tops), 'part'].flatMap((word) => {
    const count = byKind.get(word)?.length ?? 0
    return count === 0 ? [] : [counted(count, word) + (word === 'cluster' ? names.join(',') : '')]
  })
  const before = rows.filter(({ origin }) => origin === 'adopted').length
  return [...counts, ...(before === 0 ? [] : [`${before} of all were there before Proxbox`])].join(
    ', '
  )
}

const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`
