import type { ClusterEstate, Estate, Gap, Guest } from '@proxbox/contracts'

/** Ways in which a part of Proxmox cannot be read, with the gap that the reader then tells. */
export const losses = [
  'config',
  'agent',
  'node',
  'network',
  'list',
  'agents',
  'permissions',
  'cluster'
] as const
export type Loss = (typeof losses)[number]

type Facts = Pick<Gap, 'scope' | 'facet' | 'reason'> & Partial<Gap>
const gap = (cluster: ClusterEstate, facts: Facts): Gap => ({
  cluster: cluster.clusterId,
  detail: 'not read',
  ...facts
})

const unread = ({ config: _, interfaces: __, os: ___, ...row }: Guest): Guest => row
const silent = ({ interfaces: _, os: __, ...guest }: Guest): Guest => guest
const lost = ({ vmid, type, node }: Guest): Guest => ({ vmid, type, node, status: 'unknown' })

function withoutNode(cluster: ClusterEstate, index: number): ClusterEstate {
  const dead = cluster.nodes[index % Math.max(1, cluster.nodes.length)]
  if (dead === undefined) return cluster
  const facts = { scope: 'node', facet: 'status', reason: 'offline', node: dead.name } as const
  return {
    ...cluster,
    nodes: cluster.nodes.map((one) => {
      const { interfaces: _, ...node } = one
      return one === dead ? { ...node, online: false } : one
    }),
    guests: cluster.guests.map((one) => (one.node === dead.name ? lost(one) : one)),
    gaps: [...cluster.gaps, gap(cluster, facts)]
  }
}

function withoutNetwork(cluster: ClusterEstate): ClusterEstate {
  const facts = { scope: 'nodes', facet: 'network', reason: 'denied' } as const
  return {
    ...cluster,
    nodes: cluster.nodes.map(({ interfaces: _, ...node }) => node),
    gaps: [...cluster.gaps, gap(cluster, facts)]
  }
}

function ofGuest(cluster: ClusterEstate, index: number, facet: 'config' | 'agent'): ClusterEstate {
  const guest = cluster.guests[index % Math.max(1, cluster.guests.length)]
  if (guest === undefined) return cluster
  const hide = facet === 'config' ? unread : silent
  const facts = { scope: 'guest', facet, reason: 'timeout', vmid: guest.vmid } as const
  return {
    ...cluster,
    guests: cluster.guests.map((one) => (one === guest ? hide(one) : one)),
    gaps: [...cluster.gaps, gap(cluster, facts)]
  }
}

/** The same cluster, less well read. */
export function degraded(cluster: ClusterEstate, loss: Loss, index: number): Estate {
  const whole = (clusters: ClusterEstate[], gaps: Gap[] = []): Estate => ({ clusters, gaps })
  const told = (facts: Facts) => [...cluster.gaps, gap(cluster, facts)]
  switch (loss) {
    case 'config':
    case 'agent':
      return whole([ofGuest(cluster, index, loss)])
    case 'node':
      return whole([withoutNode(cluster, index)])
    case 'network':
      return whole([withoutNetwork(cluster)])
    case 'list': {
      const guests = cluster.guests.filter((_, at) => at % 2 === index % 2)
      const gaps = told({ scope: 'guests', facet: 'list', reason: 'partial' })
      return whole([{ ...cluster, guests, guestListWhole: false, gaps }])
    }
    case 'agents': {
      const gaps = told({ scope: 'guests', facet: 'agent', reason: 'denied' })
      return whole([{ ...cluster, guests: cluster.guests.map(silent), gaps }])
    }
    case 'permissions': {
      const gaps = told({ scope: 'cluster', facet: 'permissions', reason: 'error' })
      return whole([{ ...cluster, guests: cluster.guests.map(unread), gaps }])
    }
    case 'cluster':
      return whole([], [gap(cluster, { scope: 'cluster', facet: 'list', reason: 'offline' })])
  }
}
