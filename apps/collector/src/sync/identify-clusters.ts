import type { Bus } from '@proxbox/bus'
import {
  type ClusterEstate,
  type ClusterIdentity,
  type Conflict,
  clusterKey,
  type Estate,
  type Gap,
  ProxboxError,
  type ProxmoxConnection
} from '@proxbox/contracts'
import type { Static } from 'typebox'
import { clusterSettings } from './cluster-settings.ts'
import { heldCluster } from './held-cluster.ts'
import type { IdentifiedCluster } from './identified-cluster.ts'
import { linkBaseOf } from './link-base.ts'
import { gapFrom, type ReadCluster, type ReadEndpoints } from './read-proxmox.ts'

export interface ReadProxmox {
  readonly estate: Estate
  /** Cluster id → the connection by which it was read best, with the settings of the whole cluster. */
  readonly connections: ReadonlyMap<string, ProxmoxConnection>
  /** Cluster id → the connection by which it contradicts what is known of it; it is not in the Estate. */
  readonly held: ReadonlyMap<string, ProxmoxConnection>
  /** Cluster ids that have become one with an older one, which is here → that one. */
  readonly merged: ReadonlyMap<string, string>
  /** What a person is asked about clusters that are not what they were. */
  readonly questions: readonly Conflict[]
  /** Keys of clusters about which nothing is to be asked: all their Endpoints were read and fit. */
  readonly settled: readonly string[]
  /** Ids of clusters and names of Endpoints of which nothing is unread but what the Estate names. */
  readonly lookedAt: readonly string[]
}

/**
 * Which cluster is behind each Endpoint, oldest first: a person's answer about the oldest is carried out before the others
 * are looked at. It comes after the NetBox is known to be ours, because the answers are those given about this NetBox.
 */
export async function identifyClusters(
  { read, gaps }: ReadEndpoints,
  { bus, netbox }: { readonly bus: Pick<Bus, 'ask'>; readonly netbox: string },
  signal: AbortSignal
): Promise<ReadProxmox> {
  const lost: Gap[] = []
  const identify = async (one: ReadCluster): Promise<IdentifiedCluster[]> => {
    try {
      const body = { netbox, ...evidenceOf(one) }
      const identity = await bus.ask<Static<typeof ClusterIdentity>>(
        'identifyCluster',
        { body },
        signal
      )
      return [{ ...one, identity }]
    } catch (error) {
      // The Endpoint was removed since it was read.
      if (!(error instanceof ProxboxError && error.code === 'NOT_FOUND')) throw error
      lost.push(gapFrom(one.connection, error))
      return []
    }
  }
  const oldestFirst = [...read].sort((a, b) => a.connection.id - b.connection.id)
  const identified: IdentifiedCluster[] = []
  for (const one of oldestFirst) identified.push(...(await identify(one)))
  const sure: IdentifiedCluster[] = []
  for (const [index, one] of identified.entries())
    sure.push(...(isMoved(one, identified.slice(index + 1)) ? await identify(one) : [one]))
  return merged(sure, [...gaps, ...lost])
}

/** Pure: an answer about a later Endpoint has made its cluster one with another: what was told of it before is over. */
const isMoved = (
  { connection, identity }: IdentifiedCluster,
  later: readonly IdentifiedCluster[]
): boolean =>
  later.some(
    (one) =>
      one.identity.cluster_id !== identity.cluster_id &&
      one.identity.endpoints.includes(connection.id)
  )

const evidenceOf = ({ connection, cluster }: ReadCluster) => ({
  proxmox_endpoint_id: connection.id,
  name: cluster.name,
  mode: cluster.mode,
  version: cluster.version,
  ca_fingerprint: cluster.caFingerprint ?? null,
  nodes: cluster.nodes.map((node) => ({ name: node.name, ip: node.ip ?? null }))
})

/** Pure: whose reading of one cluster is better: the whole list, the quorum, the fewest gaps, the oldest Endpoint. */
function better(a: IdentifiedCluster, b: IdentifiedCluster): number {
  return (
    Number(b.cluster.guestListWhole) - Number(a.cluster.guestListWhole) ||
    Number(b.cluster.quorate) - Number(a.cluster.quorate) ||
    a.cluster.gaps.length - b.cluster.gaps.length ||
    a.connection.id - b.connection.id
  )
}

/**
 * Pure: one cluster per identity, as it was read best. One that any of its Endpoints contradicts is left out whole: nothing
 * of it is compared.
 *
 * @param read oldest Endpoint first
 */
export function merged(read: readonly IdentifiedCluster[], gaps: readonly Gap[]): ReadProxmox {
  const byCluster = Map.groupBy(read, ({ identity }) => identity.cluster_id)
  const clusters = [...byCluster].sort(([a], [b]) => a.localeCompare(b)).map(([, all]) => all)
  const held = clusters.flatMap((all) => heldCluster(all) ?? [])
  const sure = clusters.flatMap((all) => {
    const [best] = all.some(isContradicted) ? [] : [...all].sort(better)
    return best === undefined ? [] : [{ ...best, connection: linked(best.connection, all) }]
  })
  const ids = sure.map(({ identity }) => identity.cluster_id)
  return {
    estate: {
      clusters: sure.map(estateOf),
      gaps: [...gaps, ...held.map(({ gap }) => gap)]
    },
    connections: new Map(sure.map((one) => [one.identity.cluster_id, one.connection])),
    held: new Map(held.map(({ gap, connection }) => [gap.cluster, connection])),
    merged: new Map(
      sure.flatMap(({ identity }) =>
        identity.merged.map((id) => [id, identity.cluster_id] as const)
      )
    ),
    questions: held.flatMap(({ question }) => question ?? []),
    settled: clusters.flatMap((all) => settledIn(all, read)).map(clusterKey),
    lookedAt: [...ids, ...read.map(({ connection }) => connection.name)]
  }
}

/** Pure: a connection with the settings and the link_base of its cluster. */
const linked = (
  connection: ProxmoxConnection,
  all: readonly IdentifiedCluster[]
): ProxmoxConnection => ({
  ...clusterSettings(
    connection,
    all.map((one) => one.connection)
  ),
  link_base: linkBaseOf(
    all.flatMap(({ identity }) => identity.endpoints),
    all.map((one) => one.connection)
  )
})

const isContradicted = ({ identity }: IdentifiedCluster): boolean => identity.conflict !== null

/** Pure: an Endpoint that was not read may still contradict. */
function settledIn(
  all: readonly IdentifiedCluster[],
  read: readonly IdentifiedCluster[]
): readonly string[] {
  const last = all.at(-1)?.identity
  if (last === undefined || all.some(isContradicted)) return []
  const isRead = (id: number) => read.some(({ connection }) => connection.id === id)
  return last.endpoints.every(isRead) ? [last.cluster_id] : []
}

function estateOf({ cluster, identity }: IdentifiedCluster): ClusterEstate {
  const nodes = cluster.nodes.map((node) => ({
    ...node,
    nodeId: identity.nodes[node.name] ?? node.nodeId
  }))
  return {
    ...cluster,
    clusterId: identity.cluster_id,
    nodes,
    gaps: cluster.gaps.map((gap) => ({ ...gap, cluster: identity.cluster_id }))
  }
}
