import type { Guest, LedgerRow, Node, Notice } from '@proxbox/contracts'
import { isBlank } from '../canonical.ts'
import { wantedBy } from '../desired/desired-items.ts'
import { clusterOfDevice } from '../identity/cluster-of-node.ts'
import { clusterKey, clusterOf, guestKey, nodeOf } from '../key-of.ts'
import type { Cluster, Desired } from '../options.ts'
import type { PlanInput } from '../plan-input.ts'

/** What this Run read of guests and nodes, and where its lists were whole. */
export interface Listed {
  /** Guests of all lists by key, whatever the scope of the Run. */
  readonly guests: ReadonlyMap<string, Guest>
  readonly nodes: ReadonlyMap<string, Node>
  /** Ids of clusters. */
  readonly guestsWhole: ReadonlySet<string>
  readonly nodesWhole: ReadonlySet<string>
  readonly notices: readonly Notice[]
}

const isLiving = (row: LedgerRow): boolean => row.kind === 'vm' && row.first_missing_at === null

/** Pure: nodes are listed whole by a quorate cluster; unresolved ids are names and tell nothing. */
const listsNodes = ({ quorate, nodes }: Cluster): boolean =>
  quorate && nodes.length > 0 && nodes.every(({ nodeId, name }) => nodeId !== name)

function emptyNotice({ clusterId, name }: Cluster): Notice {
  const detail =
    'The list of guests is empty, though guests are known to live there: it counts as not read.'
  return { key: clusterKey(clusterId), label: name, code: 'GAP', detail }
}

/**
 * Pure: whose lists tell that something is gone: of clusters that were read whole, have their place in NetBox and are not
 * held. An empty list of guests where guests are known to live is no list.
 */
export function listedIn({ estate, options, ledger }: PlanInput, desired: Desired): Listed {
  const held = new Set(desired.held.map(({ cluster }) => cluster))
  const living = new Set(ledger.filter(isLiving).map(({ key }) => clusterOf(key)))
  const notices: Notice[] = []
  const guestsWhole = new Set<string>()
  const nodesWhole = new Set<string>()
  for (const [clusterId, all] of Map.groupBy(estate.clusters, (one) => one.clusterId)) {
    if (held.has(clusterId) || options.connections[clusterId] === undefined) continue
    if (all.every(listsNodes)) nodesWhole.add(clusterId)
    if (!all.every(({ guestListWhole, quorate }) => guestListWhole && quorate)) continue
    const [first] = all
    if (first !== undefined && living.has(clusterId) && all.every((one) => one.guests.length === 0))
      notices.push(emptyNotice(first))
    else guestsWhole.add(clusterId)
  }
  const guests = estate.clusters.flatMap(({ clusterId, guests }) =>
    guests.map((guest) => [guestKey(clusterId, guest.type, guest.vmid), guest] as const)
  )
  const nodes = estate.clusters.flatMap(({ nodes }) =>
    nodes.map((node) => [node.nodeId, node] as const)
  )
  return { guests: new Map(guests), nodes: new Map(nodes), guestsWhole, nodesWhole, notices }
}

/** Pure: the rows of guests and nodes that a whole list does not name, within the scope of the Run. */
export function missingFrom(listed: Listed, { options, ledger }: PlanInput): readonly LedgerRow[] {
  const wanted = wantedBy(options.syncTypes)
  const names = new Set([...listed.nodes.values()].map(({ name }) => name))
  return ledger.filter((row) => {
    if (row.kind === 'vm') {
      if (!wanted.vms || options.vmKeys?.has(row.key) === false) return false
      return listed.guestsWhole.has(clusterOf(row.key) ?? '') && !listed.guests.has(row.key)
    }
    if (row.kind !== 'device' || !wanted.devices || options.vmKeys !== undefined) return false
    const node = nodeOf(row.key) ?? ''
    const name = row.last_written['cf.proxmox_node']
    // A listed node of that name is this one under another id: who is who is not decided here.
    const isNamed = !isBlank(name) && names.has(String(name))
    return listed.nodesWhole.has(clusterOfDevice(row) ?? '') && !listed.nodes.has(node) && !isNamed
  })
}
