import type { Change, Estate, Fields, Gap } from '@proxbox/contracts'
import { gapsOf, isRef } from '@proxbox/contracts'
import { isBlank } from '../canonical.ts'
import { clusterOf, guestOf, nodeOf } from '../key-of.ts'
import { type Guarded, guardBy } from './guard.ts'

type Cover = 'all' | 'agent' | 'network'

const covers: Partial<Record<Gap['facet'], Cover | 'none'>> = {
  agent: 'agent',
  interfaces: 'agent',
  network: 'network',
  snapshots: 'none',
  options: 'none'
}

/** What a gap hides, in places: a cluster, a node of it, a guest of it, what lies on a storage. */
interface Hidden {
  /** `cluster`, `cluster|node|name`, `cluster|vmid|100`, `cluster|storage|local` → facets that are unknown there. */
  readonly at: ReadonlyMap<string, ReadonlySet<Cover>>
  /** Guest key → name of the node that it runs on; node id → its name and cluster. */
  readonly nodeOfGuest: ReadonlyMap<string, string>
  readonly nodes: ReadonlyMap<string, { readonly cluster: string; readonly name: string }>
}

function placeOf(gap: Gap): string {
  if (gap.scope === 'guest') return `${gap.cluster}|vmid|${gap.vmid}`
  if (gap.scope === 'node') return `${gap.cluster}|node|${gap.node}`
  if (gap.scope === 'nodes') return `${gap.cluster}|nodes`
  if (gap.scope === 'storage') return `${gap.cluster}|storage|${gap.storage}`
  return gap.scope === 'storages' ? `${gap.cluster}|storages` : gap.cluster
}

function hiddenIn(estate: Estate): Hidden {
  const at = new Map<string, Set<Cover>>()
  for (const gap of gapsOf(estate)) {
    const cover = covers[gap.facet] ?? 'all'
    // The reader's gap of a cluster's configuration is its certificate: evidence of identity, no list of ours.
    if (cover === 'none' || (gap.scope === 'cluster' && gap.facet === 'config')) continue
    const place = placeOf(gap)
    at.set(place, (at.get(place) ?? new Set()).add(cover))
  }
  const nodes = estate.clusters.flatMap(({ clusterId, nodes }) =>
    nodes.map(({ nodeId, name }) => [nodeId, { cluster: clusterId, name }] as const)
  )
  const guests = estate.clusters.flatMap(({ clusterId, guests }) =>
    guests.map((one) => [`vm:${clusterId}/${one.type}/${one.vmid}`, one.node] as const)
  )
  return { at, nodes: new Map(nodes), nodeOfGuest: new Map(guests) }
}

/** Pure: every place that a Change lies in, the widest first. */
function placesOf(change: Change, hidden: Hidden): string[] {
  const node = hidden.nodes.get(nodeOf(change.key) ?? '')
  if (node !== undefined) {
    return [node.cluster, `${node.cluster}|nodes`, `${node.cluster}|node|${node.name}`]
  }
  const guest = guestOf(change.key)
  const cluster = clusterOf(change.key)
  if (guest === undefined || cluster === undefined) return []
  const on = hidden.nodeOfGuest.get(guest)
  const description = change.before.description
  const storage = typeof description === 'string' ? description.split(':')[0] : ''
  return [
    cluster,
    `${cluster}|vmid|${guest.slice(guest.lastIndexOf('/') + 1)}`,
    ...(on === undefined ? [] : [`${cluster}|node|${on}`]),
    ...(change.kind === 'disk' ? [`${cluster}|storages`, `${cluster}|storage|${storage}`] : [])
  ]
}

const byAgent = (kind: Change['kind'], field: string): boolean =>
  field.startsWith('primary_ip') ||
  (kind === 'vm-interface' && field === 'name') ||
  kind === 'ip-address'

const byNetwork = (kind: Change['kind']): boolean => kind === 'interface' || kind === 'device'

/** Pure: would this field be emptied, renamed, or chosen anew, though it may only not have been seen? */
function isHarm(change: Change, field: string): boolean {
  const [before, after] = [change.before[field], change.after[field]]
  if (isBlank(before)) return false
  if (isBlank(after) || field === 'name' || field.startsWith('primary_ip')) return true
  if (field === 'assigned_object') return true
  if (!Array.isArray(before) || !Array.isArray(after)) return false
  const left = new Set(after.map((one) => (isRef(one) ? one.ref : String(one))))
  return before.some((one) => !left.has(isRef(one) ? one.ref : String(one)))
}

function isHidden(change: Change, field: string, facets: ReadonlySet<Cover>): boolean {
  if (facets.has('all')) return true
  if (facets.has('agent') && byAgent(change.kind, field)) return true
  return facets.has('network') && byNetwork(change.kind)
}

function spared(change: Change, facets: ReadonlySet<Cover>): Change | undefined {
  const kept = Object.entries(change.after).filter(
    ([field]) => !isHarm(change, field) || !isHidden(change, field, facets)
  )
  if (kept.length === 0) return undefined
  const after: Fields = Object.fromEntries(kept)
  return kept.length === Object.keys(change.after).length ? change : { ...change, after }
}

const reason = 'Proxmox could not be read there: missing is not gone.'

/**
 * Pure: nothing is deleted, emptied or renamed where a gap may hide what it is: the guest or one facet of it, its node,
 * the storage, the cluster. What else a Change says goes on.
 */
export function spareGaps(changes: readonly Change[], estate: Estate): Guarded {
  const hidden = hiddenIn(estate)
  if (hidden.at.size === 0) return { kept: changes, held: [] }
  const facetsOf = (change: Change) =>
    new Set(placesOf(change, hidden).flatMap((place) => [...(hidden.at.get(place) ?? [])]))
  const { kept, held } = guardBy('spare-gaps', changes, (change) => {
    const facets = facetsOf(change)
    const isSpared =
      change.action === 'delete'
        ? facets.has('all')
        : change.action === 'update' && spared(change, facets) === undefined
    return isSpared ? { code: 'GAP', reason } : undefined
  })
  return {
    held,
    kept: kept.map((change) =>
      change.action === 'update' ? (spared(change, facetsOf(change)) ?? change) : change
    )
  }
}
