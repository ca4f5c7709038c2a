import type { Fault, FaultKind } from '@proxbox/simulator/proxmox'
import { victims } from './small-world.ts'

/** How far the failure of one call reaches. */
export type Reach = 'cluster' | 'node' | 'guest'

export interface ReadEndpoint {
  readonly route: string
  readonly reach: Reach
  /** Of the path that is struck; absent: of any. */
  readonly victim?: string
  /** Faults whose answer is one that Proxmox may give in truth: no gap is wanted then. */
  readonly truthful?: readonly FaultKind[]
}

const node = (route: string, more: Partial<ReadEndpoint> = {}): ReadEndpoint => ({
  ...{ route: `/nodes/{node}/${route}`, reach: 'node', victim: `/${victims.node}/` },
  ...more
})
const guest = (route: string, more: Partial<ReadEndpoint> = {}): ReadEndpoint =>
  node(route, {
    reach: 'guest',
    victim: `/${route.includes('lxc') ? victims.lxc : victims.qemu}/`,
    ...more
  })

/** Every GET that a Run sends to Proxmox. */
export const readEndpoints: readonly ReadEndpoint[] = [
  { route: '/version', reach: 'cluster', truthful: ['half'] },
  { route: '/access/permissions', reach: 'cluster' },
  // Without a right to audit /access, none of the rules is told.
  { route: '/access/acl', reach: 'cluster', truthful: ['empty-list', 'half'] },
  { route: '/cluster/status', reach: 'cluster' },
  { route: '/cluster/resources', reach: 'cluster' },
  // Who may see no storage, or not all, is told so.
  { route: '/storage', reach: 'cluster', truthful: ['empty-list', 'half'] },
  // Colours and notes are optional, and nobody is told of a colour that was taken back.
  { route: '/cluster/options', reach: 'node', truthful: ['empty-object', 'half', 'wrong-types'] },
  // A NIC may hang on a vnet that is gone, and a release may know none.
  {
    ...{ route: '/cluster/sdn/vnets', reach: 'node' },
    truthful: ['empty-list', 'half', 'not-implemented']
  },
  { route: '/cluster/sdn/zones', reach: 'node', truthful: ['half'] },
  // Who is under HA is told by the resources: what it was asked for is unknown then, and stays as it is.
  { route: '/cluster/ha/resources', reach: 'node', truthful: ['empty-list', 'half'] },
  node('status', { truthful: ['half'] }),
  node('config', { truthful: ['empty-object', 'half', 'wrong-types'] }),
  node('network'),
  node('qemu', {
    reach: 'cluster',
    victim: `/${victims.idleNode}/`,
    truthful: ['empty-list', 'half', 'wrong-types']
  }),
  node('lxc', {
    reach: 'cluster',
    victim: `/${victims.idleNode}/`,
    truthful: ['empty-list', 'half', 'wrong-types']
  }),
  node('certificates/info', { victim: '/pve1/', truthful: ['half'] }),
  guest('qemu/{vmid}/config'),
  guest('lxc/{vmid}/config'),
  guest('qemu/{vmid}/agent/network-get-interfaces'),
  guest('qemu/{vmid}/agent/get-osinfo', { truthful: ['half'] }),
  guest('lxc/{vmid}/interfaces')
]

export const faultOn = ({ route, victim = '/' }: ReadEndpoint, kind: FaultKind): Fault => ({
  kind,
  on: (target) => target.route === route && target.path.includes(victim),
  // Longer than any call waits; over HTTP the test gives its own.
  ...(kind === 'slow' ? { delayMs: 3_600_000 } : {})
})

/**
 * Whether what lies elsewhere is read all the same. A 401 ends the whole reading; a 595 ends all that goes over that
 * node, and the entry node has part in everything; a call that a release does not know is sent for no other container.
 */
export function isContained({ reach, victim, route }: ReadEndpoint, fault: FaultKind): boolean {
  if (reach === 'cluster' || fault === 'unauthorized') return false
  if (fault === 'not-implemented' && route.endsWith('/interfaces')) return false
  const isEntry = victim === '/pve1/' || !route.startsWith('/nodes/')
  return !(fault === 'unreachable' && isEntry)
}

/**
 * Pure: halves that nobody can tell from an answer. A guest that names a card less than it has (a disabled one, a
 * namespace), and a node without a bridge and its ports: patience is for that. Half of a configuration under the digest of
 * the whole is nothing that Proxmox writes.
 */
export const isAnswer = ({ route, kind }: { route: string; kind: FaultKind }): boolean =>
  kind === 'half' && /(interfaces|config|network)$/.test(route)
