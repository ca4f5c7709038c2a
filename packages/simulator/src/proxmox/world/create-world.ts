import { countersFrom } from './addresses.ts'
import { makeHistory } from './make-history.ts'
import { makeLxc } from './make-lxc.ts'
import { makeNodes } from './make-nodes.ts'
import { type GuestPlan, makeQemu, makeSimpleQemu } from './make-qemu.ts'
import { makeStorages } from './make-storages.ts'
import { agentPrivilege, auditorPrivileges } from './privileges.ts'
import { type Random, randomFrom } from './random.ts'
import type { Guest, Version, World, WorldOptions } from './world-shape.ts'

/** 2026-01-01T00:00:00Z: fixed, so that a seed gives the same world on every day. */
const EPOCH = 1_767_225_600
const ROLES = [
  'web',
  'db',
  'mail',
  'cache',
  'build',
  'git',
  'proxy',
  'files',
  'dns',
  'app'
] as const
const TAG_SETS = ['prod', 'prod;web', 'dev', 'test;linux', 'prod;db;backup-daily'] as const

/** Makes a whole installation from a few rules; the same options give an equal world. */
export function createWorld(options: WorldOptions = {}): World {
  const seed = options.seed ?? 1
  const random = randomFrom(seed)
  const world = emptyWorld(options, random)
  const count = options.guests ?? 20
  for (let index = 0; index < count; index++) {
    const guest = makeGuest(world, options, index, random)
    if (!options.simple) decorate(world, guest, index, random)
    world.guests.push(guest)
  }
  if (!options.simple) {
    addAvailability(world)
    makeHistory(world, random)
  }
  return world
}

function emptyWorld(options: WorldOptions, random: Random): World {
  const version: Version = options.version ?? '8.4'
  const count = Math.max(1, options.nodes ?? 1)
  const addressBase = options.addressBase ?? 10
  const clusterName = options.clusterName || (count > 1 ? 'lab' : null)
  const nodes = makeNodes(count, Math.min(options.offlineNodes ?? 0, count - 1), addressBase, {
    random,
    version
  })
  return {
    version,
    seed: options.seed ?? 1,
    clusterName,
    quorate: true,
    now: EPOCH,
    clockSkewSeconds: 0,
    nodes: clusterName === null ? nodes : nodes.map((node, i) => ({ ...node, nodeid: i + 1 })),
    guests: [],
    storages: makeStorages(),
    backups: [],
    pools: [{ id: 'production', comment: 'customer facing' }, { id: 'lab' }],
    tasks: [],
    ha: [],
    haGroups: [],
    haRules: [],
    backupJobs: [],
    replication: [],
    options: datacenterOptions(),
    sdnInstalled: version !== '7.4',
    sdnZones: [
      { zone: 'dc1', type: 'vlan', bridge: 'vmbr1', ipam: 'pve' },
      { zone: 'wide', type: 'vxlan', peers: nodes.map(({ address }) => address).join(',') }
    ],
    sdnVnets: [
      { vnet: 'vnet10', zone: 'dc1', tag: 110, type: 'vnet', alias: 'customers' },
      { vnet: 'vnet20', zone: 'wide', tag: 20_000, type: 'vnet' }
    ],
    sdnStaged: { zones: {}, vnets: {} },
    ...accounts(version, random),
    certificates: null,
    authDelayMs: options.authDelayMs ?? 3000,
    agentDelayMs: options.agentDelayMs ?? 3000,
    counters: countersFrom(addressBase)
  }
}

function datacenterOptions(): World['options'] {
  return {
    keyboard: 'en-us',
    mac_prefix: 'BC:24:11',
    'tag-style': { 'color-map': 'prod:cc0000:ffffff;dev:00aa00', shape: 'full' },
    'registered-tags': ['prod'],
    description: 'Simulated datacenter'
  }
}

function accounts(version: Version, random: Random): Pick<World, 'users' | 'tokens' | 'ticketKey'> {
  const privileges = [...new Set([...auditorPrivileges(version), agentPrivilege(version)])]
  return {
    users: [{ id: 'root@pam', password: `pw-${random.hex(16)}`, superuser: true, rules: [] }],
    tokens: [
      {
        id: 'root@pam!proxbox',
        secret: random.uuid(),
        privsep: true,
        expire: 0,
        rules: [{ path: '/', privileges, propagate: true }]
      }
    ],
    ticketKey: random.hex(32)
  }
}

function makeGuest(world: World, options: WorldOptions, index: number, random: Random): Guest {
  const vmid = (options.vmidBase ?? 100) + index
  const node = world.nodes[index % world.nodes.length]?.name ?? 'pve1'
  const role = ROLES[index % ROLES.length] ?? 'app'
  const name = `${role}-${vmid}`
  if (options.simple) {
    return makeSimpleQemu(world, { vmid, name, node, isRunning: true, isTemplate: false }, random)
  }
  const isTemplate = (options.templates ?? true) && index % 25 === 7
  const plan: GuestPlan = {
    vmid,
    // One pair in a hundred shares its name: Proxmox allows it, NetBox does not.
    name: index % 100 === 51 ? `${ROLES[(index - 1) % ROLES.length]}-${vmid - 1}` : name,
    node,
    isTemplate,
    isRunning: !isTemplate && random.chance(0.8)
  }
  return random.chance(0.25) ? makeLxc(world, plan, random) : makeQemu(world, plan, random)
}

function decorate(world: World, guest: Guest, index: number, random: Random): void {
  // A VM needs no name: lists then show a made-up one.
  if (index % 60 === 33) delete guest.config.name
  if (index % 30 === 11) guest.pending.onboot = guest.config.onboot !== true
  if (index % 50 === 17 && guest.type === 'qemu' && guest.status === 'running')
    guest.status = 'paused'
  if (random.chance(0.5)) guest.config.tags = random.pick(TAG_SETS)
  if (random.chance(0.4)) guest.pool = random.pick(['production', 'lab'])
  if (random.chance(0.3)) {
    guest.config.description = `# Server ${index}\nowner: team ${index % 5}`
  }
  if (world.clusterName !== null && guest.status === 'running' && random.chance(0.1)) {
    world.ha.push({ sid: `${guest.type === 'qemu' ? 'vm' : 'ct'}:${guest.vmid}`, state: 'started' })
  }
}

function addAvailability(world: World): void {
  const names = world.nodes.map((node) => node.name)
  world.backupJobs = [
    {
      id: 'backup-nightly',
      type: 'vzdump',
      enabled: true,
      schedule: '02:30',
      storage: 'nas',
      mode: 'snapshot',
      all: true,
      'prune-backups': { 'keep-daily': '7', 'keep-weekly': '4' },
      'notes-template': '{{guestname}}'
    }
  ]
  if (world.clusterName === null) return
  if (world.version === '9.2') {
    world.haRules = [
      {
        rule: 'prefer-first',
        type: 'node-affinity',
        nodes: `${names[0]}:2`,
        resources: world.ha[0]?.sid ?? ''
      }
    ]
  } else {
    world.haGroups = [{ group: 'all', type: 'group', nodes: names.join(','), restricted: 0 }]
  }
  const first = world.guests[0]
  const target = names[1]
  if (first !== undefined && target !== undefined) {
    world.replication = [
      {
        id: `${first.vmid}-0`,
        type: 'local',
        guest: first.vmid,
        jobnum: 0,
        source: first.node,
        target,
        schedule: '*/15'
      }
    ]
  }
}
