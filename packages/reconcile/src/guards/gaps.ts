import type { Estate, Fields, Gap, KindName, LedgerRow } from '@proxbox/contracts'
import { gapsOf, isRef } from '@proxbox/contracts'
import { vmidOf } from '../identity/gone.ts'
import { clusterIn, guestOf, nodeOf } from '../key-of.ts'

/** What a gap hides of the place that it is in: everything, what agents tell, or networks of nodes. */
export type Cover = 'all' | 'agent' | 'network'
type Facet = Gap['facet']

const covers: Partial<Record<Facet, Cover | 'none'>> = {
  agent: 'agent',
  interfaces: 'agent',
  network: 'network',
  sdn: 'none',
  snapshots: 'none',
  options: 'none'
}

/** Kinds of which it is known what tells them; of any other, every gap in its cluster may hide what it is. */
const told: ReadonlySet<KindName> = new Set([
  'cluster',
  'device',
  'interface',
  'vm',
  'vm-interface',
  'mac-address',
  'disk',
  'ip-address'
])

export interface Subject {
  readonly key: string
  readonly kind: KindName
  readonly before?: Fields
  readonly last_written?: Fields
}

export interface Gaps {
  readonly none: boolean
  /** What is hidden where this object is told. */
  over(subject: Subject): ReadonlySet<Cover>
  /** May all of it be hidden, so that missing is not gone? */
  hides(subject: Subject): boolean
}

const nobody: ReadonlySet<Cover> = new Set()
const everything: ReadonlySet<Cover> = new Set(['all'])

function placeOf(gap: Gap): string {
  if (gap.scope === 'guest') return `${gap.cluster}|vmid|${gap.vmid}`
  if (gap.scope === 'node') return `${gap.cluster}|node|${gap.node}`
  if (gap.scope === 'nodes') return `${gap.cluster}|nodes`
  if (gap.scope === 'storage') return `${gap.cluster}|storage|${gap.storage}`
  return gap.scope === 'storages' ? `${gap.cluster}|storages` : gap.cluster
}

export const isByAgent = (kind: KindName, field: string): boolean =>
  field.startsWith('primary_ip') ||
  (kind === 'vm-interface' && field === 'name') ||
  kind === 'ip-address'

export const isByNetwork = (kind: KindName, field: string): boolean =>
  kind === 'interface' || field.startsWith('primary_ip') || kind === 'ip-address'

/** Where nodes and guests are: as read now, else as the Ledger knows them. */
interface Where {
  readonly nodes: ReadonlyMap<string, { readonly cluster: string; readonly name: string }>
  readonly guests: ReadonlyMap<string, string>
}

const nowhere: Where = { nodes: new Map(), guests: new Map() }

function whereIn(estate: Estate, ledger: readonly LedgerRow[]): Where {
  const nodes = new Map<string, { cluster: string; name: string }>()
  const guests = new Map<string, string>()
  for (const { kind, key, last_written } of ledger) {
    const { cluster, 'cf.proxmox_node': node } = last_written
    if (kind === 'vm' && typeof node === 'string') guests.set(key, node)
    if (kind !== 'device' || !isRef(cluster)) continue
    const name = String(node ?? last_written.name ?? '')
    nodes.set(nodeOf(key) ?? '', { cluster: cluster.ref.replace(/^cluster:/, ''), name })
  }
  for (const cluster of estate.clusters) {
    for (const { nodeId, name } of cluster.nodes)
      nodes.set(nodeId, { cluster: cluster.clusterId, name })
    for (const { type, vmid, node } of cluster.guests)
      guests.set(`vm:${cluster.clusterId}/${type}/${vmid}`, node)
  }
  return { nodes, guests }
}

/** Pure: the cluster of an Item, and every place in it that it lies in; undefined for what belongs to none. */
function placesOf(
  subject: Subject,
  where: Where
): { cluster: string; places: string[] } | undefined {
  const { key, kind } = subject
  const node = where.nodes.get(nodeOf(key) ?? '')
  if (node !== undefined) {
    const { cluster, name } = node
    return { cluster, places: [cluster, `${cluster}|nodes`, `${cluster}|node|${name}`] }
  }
  const cluster = clusterIn(key)
  if (cluster === undefined) return undefined
  const guest = guestOf(key)
  if (guest === undefined) return { cluster, places: [cluster] }
  const on = where.guests.get(guest)
  const description = (subject.before ?? subject.last_written)?.description
  const storage = typeof description === 'string' ? description.split(':')[0] : ''
  return {
    cluster,
    places: [
      cluster,
      `${cluster}|vmid|${vmidOf(guest)}`,
      ...(on === undefined ? [] : [`${cluster}|node|${on}`]),
      ...(kind === 'disk' ? [`${cluster}|storages`, `${cluster}|storage|${storage}`] : [])
    ]
  }
}

/** Pure: all gaps of an Estate as a question: what is hidden of this object? What lies nowhere is hidden by any gap. */
export function gapsIn(estate: Estate, ledger: readonly LedgerRow[]): Gaps {
  const all = gapsOf(estate)
  const at = new Map<string, Set<Cover>>()
  const clusters = new Set<string>()
  for (const gap of all) {
    clusters.add(gap.cluster)
    const cover = covers[gap.facet] ?? 'all'
    // The reader's gap of a cluster's configuration is its certificate: evidence of identity, no list of ours.
    if (cover === 'none' || (gap.scope === 'cluster' && gap.facet === 'config')) continue
    const place = placeOf(gap)
    at.set(place, (at.get(place) ?? new Set()).add(cover))
  }
  const where = all.length === 0 ? nowhere : whereIn(estate, ledger)
  const over = (subject: Subject): ReadonlySet<Cover> => {
    if (all.length === 0) return nobody
    const found = placesOf(subject, where)
    if (found === undefined) return everything
    if (!told.has(subject.kind)) return clusters.has(found.cluster) ? everything : nobody
    const facets = new Set(found.places.flatMap((place) => [...(at.get(place) ?? [])]))
    // Of the guests on a node its network tells VLANs alone, and those are not sent where it is not known.
    if (nodeOf(subject.key) === undefined) facets.delete('network')
    return facets
  }
  return {
    none: all.length === 0,
    over,
    hides: (subject) => {
      const facets = over(subject)
      if (facets.has('all')) return true
      if (facets.has('agent') && isByAgent(subject.kind, 'assigned_object')) return true
      return facets.has('network') && isByNetwork(subject.kind, 'name')
    }
  }
}
