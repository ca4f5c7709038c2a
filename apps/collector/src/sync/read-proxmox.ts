import type { Bus } from '@proxbox/bus'
import {
  type ClusterEstate,
  type ClusterIdentity,
  type Estate,
  type Gap,
  ProxboxError,
  type ProxmoxConnection
} from '@proxbox/contracts'
import { openProxmox, readClusterEstate } from '@proxbox/proxmox'
import type { Static } from 'typebox'
import type { Reporter } from '../backend/reporter.ts'
import { failureFacts } from './failure-sentence.ts'

export interface ReadProxmoxParts {
  readonly bus: Pick<Bus, 'ask'>
  readonly reporter: Reporter
  readonly concurrency: number
  readonly facets: {
    readonly agent: boolean
    readonly networks: boolean
    readonly storages: boolean
  }
}

export interface ReadProxmox {
  readonly estate: Estate
  /** Cluster id → the connection of its oldest Endpoint that answered. */
  readonly connections: ReadonlyMap<string, ProxmoxConnection>
  /** Names of the Endpoints that answered: as long as one does not, its gap stands under its name. */
  readonly answered: readonly string[]
}

/**
 * Reads every Proxmox Endpoint side by side. One that cannot be read becomes a gap; when none can, the first error ends
 * the Run. Two Endpoints into one cluster are one cluster.
 */
export async function readProxmox(
  connections: readonly ProxmoxConnection[],
  parts: ReadProxmoxParts,
  signal: AbortSignal
): Promise<ReadProxmox> {
  const progress = new Map<number, { done: number; total: number }>()
  const show = (id: number, done: number, total: number) => {
    progress.set(id, { done, total })
    const all = [...progress.values()]
    const sum = (pick: (one: { done: number; total: number }) => number) =>
      all.reduce((total, one) => total + pick(one), 0)
    parts.reporter.progress(
      'proxmox',
      sum((one) => one.done),
      sum((one) => one.total),
      'Reading Proxmox'
    )
  }
  const results = await Promise.allSettled(
    connections.map((connection) =>
      readOne(connection, parts, (done, total) => show(connection.id, done, total), signal)
    )
  )
  signal.throwIfAborted()
  const read: {
    connection: ProxmoxConnection
    cluster: ClusterEstate
    identity: Static<typeof ClusterIdentity>
  }[] = []
  const gaps: Gap[] = []
  const failures: unknown[] = []
  for (const [index, result] of results.entries()) {
    const connection = connections[index]
    if (connection === undefined) continue
    if (result.status === 'fulfilled') read.push({ connection, ...result.value })
    else {
      failures.push(result.reason)
      gaps.push(gapFrom(connection, result.reason))
    }
  }
  if (read.length === 0 && failures.length > 0) throw failures[0]
  return merged(read, gaps)
}

async function readOne(
  connection: ProxmoxConnection,
  parts: ReadProxmoxParts,
  onProgress: (done: number, total: number) => void,
  signal: AbortSignal
) {
  const proxmox = openProxmox(connection)
  try {
    const concurrency = connection.fetch_max_concurrency ?? parts.concurrency
    const cluster = await readClusterEstate(
      proxmox,
      { concurrency, facets: parts.facets, onProgress },
      signal
    )
    const identity = await parts.bus.ask<Static<typeof ClusterIdentity>>('identifyCluster', {
      body: {
        proxmox_endpoint_id: connection.id,
        name: cluster.name,
        mode: cluster.mode,
        version: cluster.version,
        ca_fingerprint: cluster.caFingerprint ?? null,
        nodes: cluster.nodes.map((node) => ({ name: node.name, ip: node.ip ?? null }))
      }
    })
    await parts.bus.ask('reportReachability', {
      body: { kind: 'proxmox', id: connection.id, reachable: true, detail: '' }
    })
    return { cluster, identity }
  } catch (error) {
    if (error instanceof ProxboxError && !signal.aborted) {
      await parts.bus.ask('reportReachability', {
        body: {
          kind: 'proxmox',
          id: connection.id,
          reachable: false,
          detail: error.message.slice(0, 600)
        }
      })
    }
    throw error
  } finally {
    await proxmox.close()
  }
}

const reasons: Readonly<Partial<Record<string, Gap['reason']>>> = {
  PROXMOX_TIMEOUT: 'timeout',
  PROXMOX_UNREACHABLE: 'offline',
  PROXMOX_CREDENTIAL: 'denied',
  PROXMOX_PRIVILEGE: 'denied'
}

/** Pure: nothing of what this Endpoint leads into was read. The detail tells the remedy too, the command by itself. */
export function gapFrom(connection: ProxmoxConnection, error: unknown): Gap {
  const facts = failureFacts(error)
  const remedy = error instanceof ProxboxError ? error.data.remedy : undefined
  return {
    cluster: connection.name,
    scope: 'cluster',
    facet: 'list',
    reason: reasons[facts.code] ?? 'error',
    detail: facts.detail,
    ...(typeof remedy === 'string' ? { remedy } : {})
  }
}

export type ReadCluster = {
  connection: ProxmoxConnection
  cluster: ClusterEstate
  identity: Static<typeof ClusterIdentity>
}

/** Pure: whose reading of one cluster is better: the whole list, the quorum, the fewest gaps, the oldest Endpoint. */
function better(a: ReadCluster, b: ReadCluster): number {
  return (
    Number(b.cluster.guestListWhole) - Number(a.cluster.guestListWhole) ||
    Number(b.cluster.quorate) - Number(a.cluster.quorate) ||
    a.cluster.gaps.length - b.cluster.gaps.length ||
    a.connection.id - b.connection.id
  )
}

/** Pure: one cluster per identity, as it was read best. */
export function merged(read: readonly ReadCluster[], gaps: readonly Gap[]): ReadProxmox {
  const best = new Map<string, ReadCluster>()
  for (const one of [...read].sort(better)) {
    if (!best.has(one.identity.cluster_id)) best.set(one.identity.cluster_id, one)
  }
  const chosen = [...best.values()].sort((a, b) =>
    a.identity.cluster_id.localeCompare(b.identity.cluster_id)
  )
  const sure = chosen.filter((one) => one.identity.conflict === null)
  return {
    estate: { clusters: sure.map(identified), gaps: [...gaps, ...chosen.flatMap(conflictGap)] },
    connections: new Map(sure.map((one) => [one.identity.cluster_id, one.connection])),
    answered: read.map(({ connection }) => connection.name)
  }
}

/** A cluster whose evidence contradicts what is known of it is left out whole: nothing of it is compared. */
function conflictGap({ cluster, connection, identity }: ReadCluster): Gap[] {
  if (identity.conflict === null) return []
  const error = new ProxboxError('CLUSTER_CONFLICT', {
    cluster: cluster.name,
    endpoint: connection.name,
    detail: identity.conflict
  })
  const remedy = `Is this another cluster? Then remove Proxmox Endpoint ${connection.name} and add it anew.`
  return [
    {
      cluster: identity.cluster_id,
      scope: 'cluster',
      facet: 'list',
      reason: 'error',
      detail: error.message,
      remedy
    }
  ]
}

function identified({ cluster, identity }: ReadCluster): ClusterEstate {
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
