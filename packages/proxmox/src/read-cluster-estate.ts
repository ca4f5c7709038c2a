import type { ClusterEstate, Gap } from '@proxbox/contracts'
import type { Static } from 'typebox'
import { defined } from './defined.ts'
import { confirmEmptyNodes } from './guest-list.ts'
import type { Proxmox } from './open-proxmox.ts'
import { storagesFrom } from './parse-cluster.ts'
import { readCluster } from './read-cluster.ts'
import { guestReader } from './read-guest.ts'
import { readCaFingerprint, readNode, targetOf } from './read-node.ts'
import { readVnets } from './read-vnets.ts'
import { openReading } from './reading.ts'

export interface ReadOptions {
  /** Most requests under way at once; the Endpoint's `fetch_max_concurrency` is a ceiling above it. */
  readonly concurrency: number
  readonly facets: {
    /** Ask guest agents and containers for their addresses. */
    readonly agent: boolean
    readonly networks: boolean
    readonly storages: boolean
    /** Only these guests; the list then does not count as whole. */
    readonly vmids?: readonly number[]
  }
  /** Guests read so far, of all. */
  readonly onProgress?: (done: number, total: number) => void
}

/**
 * Reads one cluster (or stand-alone node) over its entry node: about 8 requests, one more where guests are under HA and
 * two for virtual networks, 3 per node (5 for one without guests), one configuration per guest, and two per running guest
 * with an agent. What cannot be read is named in `gaps`;
 * `clusterId` is empty and each `nodeId` is the node's name until the registry resolves them. The result is sorted, so
 * equal clusters read equal.
 *
 * @throws ProxboxError PROXMOX_* when nothing can be read; the signal's reason when it fires
 */
export async function readClusterEstate(
  proxmox: Proxmox,
  options: ReadOptions,
  signal: AbortSignal
): Promise<Static<typeof ClusterEstate>> {
  const { connection } = proxmox
  const { facets } = options
  const ceiling = connection.fetch_max_concurrency ?? options.concurrency
  const reading = openReading(proxmox, Math.min(options.concurrency, ceiling), signal)
  const frame = await readCluster(reading)
  const { membership, resources, gaps } = frame

  const wanted = facets.vmids === undefined ? undefined : new Set(facets.vmids)
  const rows = resources.guests.filter((row) => wanted === undefined || wanted.has(row.vmid))
  const guests = guestReader(reading, frame, { agent: facets.agent })
  let done = 0
  options.onProgress?.(done, rows.length)
  const readGuest = async (row: (typeof rows)[number]) => {
    const guest = await guests.read(row)
    done += 1
    options.onProgress?.(done, rows.length)
    return guest
  }
  const isTold = frame.guestListWhole && wanted === undefined
  const laneOf = (node: string) => targetOf(node, frame)
  const [nodes, caFingerprint, isConfirmed, read] = await Promise.all([
    Promise.all(membership.members.map((member) => readNode(reading, member, frame, facets))),
    readCaFingerprint(reading, frame),
    isTold ? confirmEmptyNodes(reading, { ...frame, laneOf }) : false,
    Promise.all(rows.map(readGuest))
  ])
  const known = read.filter((guest) => guest !== undefined)
  const vnets = await readVnets(reading, frame, { nodes, guests: known })
  signal.throwIfAborted()
  return defined({
    clusterId: '',
    name: membership.name,
    mode: membership.mode,
    endpointId: connection.id,
    endpointName: connection.name,
    version: frame.version,
    quorate: membership.quorate,
    caFingerprint,
    nodes,
    guests: known,
    guestListWhole: isTold && isConfirmed,
    storages: facets.storages ? [...storagesFrom(resources.storageRows)] : [],
    vnets,
    tagColors: frame.tagColors,
    gaps: gaps.list().sort(byScope)
  })
}

function byScope(a: Static<typeof Gap>, b: Static<typeof Gap>): number {
  const key = (gap: Static<typeof Gap>) =>
    [gap.scope, gap.node ?? '', gap.vmid ?? '', gap.facet].join(' ')
  return key(a).localeCompare(key(b), 'en', { numeric: true })
}
