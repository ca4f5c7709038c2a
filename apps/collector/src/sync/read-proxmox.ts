import type { Bus } from '@proxbox/bus'
import {
  type ClusterEstate,
  type Gap,
  ProxboxError,
  type ProxmoxConnection
} from '@proxbox/contracts'
import { openProxmox, readClusterEstate } from '@proxbox/proxmox'
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

/** What one Endpoint shows; whose it is, is not known yet. */
export interface ReadCluster {
  readonly connection: ProxmoxConnection
  readonly cluster: ClusterEstate
}

export interface ReadEndpoints {
  readonly read: readonly ReadCluster[]
  /** One for each Endpoint that could not be read. */
  readonly gaps: readonly Gap[]
}

/**
 * Reads every Proxmox Endpoint side by side. One that cannot be read becomes a gap; when none can, the first error ends
 * the Run.
 */
export async function readProxmox(
  connections: readonly ProxmoxConnection[],
  parts: ReadProxmoxParts,
  signal: AbortSignal
): Promise<ReadEndpoints> {
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
  const read: ReadCluster[] = []
  const gaps: Gap[] = []
  const failures: unknown[] = []
  for (const [index, result] of results.entries()) {
    const connection = connections[index]
    if (connection === undefined) continue
    if (result.status === 'fulfilled') read.push({ connection, cluster: result.value })
    else {
      failures.push(result.reason)
      gaps.push(gapFrom(connection, result.reason))
    }
  }
  if (read.length === 0 && failures.length > 0) throw failures[0]
  return { read, gaps }
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
    await parts.bus.ask('reportReachability', {
      body: { kind: 'proxmox', id: connection.id, reachable: true, detail: '' }
    })
    return cluster
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
