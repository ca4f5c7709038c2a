import { PveError } from '../errors.ts'
import { type Context, can, canOnGuest, demand, type Reply, type Route, type Row } from './route.ts'

export const clusterRoutes: readonly Route[] = [
  { path: '/cluster/status', cost: 'D', answer: status },
  { path: '/cluster/options', cost: 'P', answer: options },
  { path: '/cluster/backup', cost: 'P', answer: (c) => audited(c, c.world.backupJobs) },
  { path: '/cluster/replication', cost: 'P', answer: replication },
  { path: '/cluster/ha/resources', cost: 'P', answer: haResources },
  { path: '/cluster/ha/status/current', cost: 'P', answer: haStatus },
  { path: '/cluster/ha/groups', cost: 'P', answer: haGroups },
  {
    path: '/cluster/ha/rules',
    cost: 'P',
    answer: (c) => audited(c, c.world.haRules),
    versions: ['9.2']
  },
  { path: '/pools', cost: 'P', answer: pools }
]

/** The membership as the connected node sees it: a cluster row only in a cluster. */
function status(context: Context): Reply {
  demand(context, '/', 'Sys.Audit')
  const { world } = context
  const nodes: Row[] = world.nodes.map((node) => ({
    type: 'node',
    id: `node/${node.name}`,
    name: node.name,
    nodeid: node.nodeid,
    ip: node.address,
    local: node.name === context.entryNode,
    online: node.online,
    level: ''
  }))
  if (world.clusterName === null) return { data: nodes }
  const cluster = {
    type: 'cluster',
    id: 'cluster',
    name: world.clusterName,
    nodes: world.nodes.length,
    quorate: world.quorate,
    version: world.nodes.length + 2
  }
  return { data: [cluster, ...nodes] }
}

/** Without Sys.Audit only console, tag style and allowed tags are shown. */
function options(context: Context): Reply {
  const seen = context.world.guests.filter((guest) => canOnGuest(context, guest, 'VM.Audit'))
  const tags = new Set(seen.flatMap((guest) => String(guest.config.tags ?? '').split(';')))
  const registered = Array.isArray(context.world.options['registered-tags'])
    ? context.world.options['registered-tags'].map(String)
    : []
  const allowed = [...new Set([...tags, ...registered])].filter((tag) => tag !== '').sort()
  const all: Row = { ...context.world.options, 'allowed-tags': allowed }
  if (can(context, '/', 'Sys.Audit')) return { data: all }
  const open = ['console', 'tag-style', 'allowed-tags']
  return { data: Object.fromEntries(Object.entries(all).filter(([key]) => open.includes(key))) }
}

function audited(context: Context, rows: readonly unknown[]): Reply {
  demand(context, '/', 'Sys.Audit')
  return { data: rows }
}

function replication(context: Context): Reply {
  return {
    data: context.world.replication.filter((job) =>
      canOnGuest(context, { vmid: Number(job.guest) }, 'VM.Audit')
    )
  }
}

function haResources(context: Context): Reply {
  const rows = context.world.ha.map((row) => ({
    sid: row.sid,
    type: row.sid.split(':')[0],
    state: row.state,
    max_restart: 1,
    max_relocate: 1,
    digest: '3f2f6f0e7f0e4b5d8a9c0d1e2f3a4b5c6d7e8f90',
    ...(row.group === undefined ? {} : { group: row.group })
  }))
  return audited(context, rows)
}

function haStatus(context: Context): Reply {
  const { world } = context
  const master = world.nodes[0]?.name ?? ''
  const nodeOfGuest = new Map(world.guests.map((guest) => [String(guest.vmid), guest.node]))
  const services = world.ha.map((row) => ({
    id: `service:${row.sid}`,
    type: 'service',
    sid: row.sid,
    node: nodeOfGuest.get(row.sid.replace(/^\w+:/, '')) ?? master,
    crm_state: row.crmState ?? row.state,
    request_state: row.state,
    state: row.state,
    status: `${row.sid} (${row.state})`
  }))
  const lrms = world.nodes.map((node) => ({
    id: `lrm:${node.name}`,
    type: 'lrm',
    node: node.name,
    status: `${node.name} (${node.online ? 'active' : 'old timestamp - dead?'})`
  }))
  const quorum = {
    id: 'quorum',
    type: 'quorum',
    node: master,
    status: 'OK',
    quorate: world.quorate
  }
  return audited(context, [
    quorum,
    ...(world.ha.length === 0
      ? []
      : [{ id: 'master', type: 'master', node: master, status: `${master} (active)` }]),
    ...lrms,
    ...services
  ])
}

function haGroups(context: Context): Reply {
  demand(context, '/', 'Sys.Audit')
  if (context.world.version === '9.2') {
    throw new PveError(500, 'cannot index groups: ha groups have been migrated to rules')
  }
  return { data: context.world.haGroups }
}

function pools(context: Context): Reply {
  const rows = context.world.pools
    .filter((pool) => can(context, `/pool/${pool.id}`, 'Pool.Audit'))
    .filter((pool) => context.query.poolid === undefined || pool.id === context.query.poolid)
    .map((pool) => ({
      poolid: pool.id,
      ...(pool.comment === undefined ? {} : { comment: pool.comment })
    }))
  return { data: rows }
}
