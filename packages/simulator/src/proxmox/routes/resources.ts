import { badParameter } from '../errors.ts'
import { bootDiskBytes, cpuCount, listName, memoryBytes } from '../measures.ts'
import type { Guest, Storage, WorldNode } from '../world/world-shape.ts'
import { type Context, can, canOnGuest, type Reply, type Route, type Row } from './route.ts'

export const resourceRoutes: readonly Route[] = [
  { path: '/cluster/resources', cost: 'P', answer: resources }
]

/** One row per guest, node, storage on a node, pool and SDN zone, filtered by what the caller may see. */
function resources(context: Context): Reply {
  const type = context.query.type
  if (type !== undefined && !['vm', 'storage', 'node', 'sdn'].includes(type)) {
    throw badParameter(
      'type',
      `value '${type}' does not have a value in the enumeration 'vm, storage, node, sdn'`
    )
  }
  const wants = (kind: string) => type === undefined || type === kind
  return {
    data: [
      ...(wants('vm') ? guestRows(context) : []),
      ...(wants('node')
        ? context.world.nodes.map((node) => nodeRow(context, node, 'resources'))
        : []),
      ...(wants('storage') ? storageRows(context) : []),
      // Pools come only without a filter.
      ...(type === undefined ? poolRows(context) : []),
      ...(wants('sdn') ? sdnRows(context) : [])
    ]
  }
}

function guestRows(context: Context): Row[] {
  const { world } = context
  const hastate = new Map(
    world.ha.map((row) => [row.sid.replace(/^\w+:/, ''), row.crmState ?? row.state])
  )
  return world.guests
    .filter((guest) => canOnGuest(context, guest, 'VM.Audit'))
    .map((guest) => {
      const state = hastate.get(String(guest.vmid))
      return {
        id: `${guest.type}/${guest.vmid}`,
        type: guest.type,
        vmid: guest.vmid,
        node: guest.node,
        ...statsOf(context, guest),
        ...(guest.config.tags === undefined ? {} : { tags: guest.config.tags }),
        ...(guest.config.lock === undefined ? {} : { lock: guest.config.lock }),
        ...(guest.pool === undefined ? {} : { pool: guest.pool }),
        ...(state === undefined ? {} : { hastate: state })
      }
    })
}

/** All that rides on the stats broadcast: without a fresh one nothing but "unknown" is left. */
function statsOf(context: Context, guest: Guest): Row {
  const node = context.world.nodes.find((candidate) => candidate.name === guest.node)
  if (node?.statsFresh !== true) return { status: 'unknown' }
  const isRunning = guest.status !== 'stopped'
  const memory = memoryBytes(guest)
  return {
    status: guest.status,
    name: listName(guest),
    template: guest.config.template === true,
    uptime: guest.uptime,
    cpu: isRunning ? 0.0123 : 0,
    maxcpu: cpuCount(context.world, guest),
    mem: isRunning ? Math.floor(memory * 0.4) : 0,
    maxmem: memory,
    disk: 0,
    maxdisk: bootDiskBytes(guest),
    netin: isRunning ? 123_456 : 0,
    netout: isRunning ? 65_432 : 0,
    diskread: 0,
    diskwrite: 0,
    ...(context.world.version === '9.2' && guest.type === 'qemu'
      ? { memhost: isRunning ? memory : 0 }
      : {})
  }
}

/** A node as /cluster/resources and /nodes list it; load figures need Sys.Audit on the node. */
export function nodeRow(context: Context, node: WorldNode, place: 'resources' | 'nodes'): Row {
  const row: Row = {
    id: `node/${node.name}`,
    type: 'node',
    node: node.name,
    status: node.online ? (node.statsFresh ? 'online' : 'unknown') : 'offline'
  }
  if (place === 'nodes') {
    const certificate = context.world.certificates?.nodes[node.name]
    if (certificate !== undefined) row.ssl_fingerprint = certificate.fingerprint
  } else if (node.statsFresh && context.world.version !== '7.4') {
    row['cgroup-mode'] = 2
  }
  if (!node.statsFresh) return row
  row.level = ''
  if (!can(context, `/nodes/${node.name}`, 'Sys.Audit')) return row
  return {
    ...row,
    cpu: 0.042,
    maxcpu: node.cores,
    mem: Math.floor(node.memoryBytes * 0.5),
    maxmem: node.memoryBytes,
    disk: 12_000_000_000,
    maxdisk: 100_000_000_000,
    uptime: 1_234_567
  }
}

/** One row per node and storage, also for shared ones; disabled and excluded ones are left out. */
function storageRows(context: Context): Row[] {
  return context.world.nodes.flatMap((node) =>
    context.world.storages
      .filter((storage) => isOn(storage, node.name) && canUse(context, storage))
      .map((storage) => ({
        id: `storage/${node.name}/${storage.id}`,
        type: 'storage',
        storage: storage.id,
        node: node.name,
        status: node.statsFresh ? 'available' : 'unknown',
        plugintype: storage.type,
        content: storage.content,
        shared: storage.shared,
        ...(node.statsFresh ? { disk: storage.usedBytes, maxdisk: storage.totalBytes } : {})
      }))
  )
}

/** True when the storage is enabled and not limited to other nodes. */
export function isOn(storage: Storage, node: string): boolean {
  return !storage.disabled && (storage.nodes === undefined || storage.nodes.includes(node))
}

/** True when the caller may see the storage at all. */
export function canUse(context: Context, storage: Storage): boolean {
  return can(context, `/storage/${storage.id}`, 'Datastore.Audit', 'Datastore.AllocateSpace')
}

function poolRows(context: Context): Row[] {
  return context.world.pools
    .filter((pool) => can(context, `/pool/${pool.id}`, 'Pool.Audit'))
    .map((pool) => ({ id: `/pool/${pool.id}`, type: 'pool', pool: pool.id }))
}

function sdnRows(context: Context): Row[] {
  const { world } = context
  if (!world.sdnInstalled || !can(context, '/sdn/zones', 'SDN.Audit')) return []
  const zones = ['localnetwork', ...world.sdnZones.map((zone) => String(zone.zone))]
  return world.nodes.flatMap((node) =>
    zones.map((zone) => {
      const status = node.statsFresh ? 'ok' : 'unknown'
      if (world.version === '9.2') {
        const id = `network/${node.name}/zone/${zone}`
        return {
          id,
          type: 'network',
          network: zone,
          'network-type': 'zone',
          node: node.name,
          status
        }
      }
      return { id: `sdn/${node.name}/${zone}`, type: 'sdn', sdn: zone, node: node.name, status }
    })
  )
}
