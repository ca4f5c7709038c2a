import { nextAddress, nextMac } from './addresses.ts'
import { makeOsInfo } from './make-runtime.ts'
import { randomFrom } from './random.ts'
import type {
  AccessRule,
  Address,
  AgentBehaviour,
  ConfigValue,
  Guest,
  Token,
  World,
  WorldNode
} from './world-shape.ts'

/** The guest with this number. Throws RangeError when the world has none. */
export function guestOf(world: World, vmid: number): Guest {
  const guest = world.guests.find((candidate) => candidate.vmid === vmid)
  if (guest === undefined) throw new RangeError(`no guest ${vmid} in this world`)
  return guest
}

/** The node of this name. Throws RangeError when the world has none. */
export function nodeOf(world: World, name: string): WorldNode {
  const node = world.nodes.find((candidate) => candidate.name === name)
  if (node === undefined) throw new RangeError(`no node ${name} in this world`)
  return node
}

/**
 * Adds a guest: without more, a running VM with one NIC, one disk, an answering agent and one unused address.
 * `config` is laid over the default config.
 */
export function addGuest(world: World, wanted: Partial<Guest> = {}): Guest {
  const vmid = wanted.vmid ?? Math.max(99, ...world.guests.map((guest) => guest.vmid)) + 1
  const mac = nextMac(world)
  const type = wanted.type ?? 'qemu'
  const guest: Guest = {
    node: world.nodes[0]?.name ?? 'pve1',
    status: 'running',
    pending: {},
    snapshots: [],
    agent: type === 'qemu' ? 'answers' : 'none',
    interfaces: [{ name: 'eth0', mac: mac.toLowerCase(), addresses: [nextAddress(world)] }],
    osInfo: makeOsInfo(randomFrom(vmid)),
    uptime: 3600,
    ...wanted,
    vmid,
    type,
    config: { ...defaultConfig(world, type, vmid, mac), ...wanted.config }
  }
  if (guest.agent === 'none') delete guest.config.agent
  world.guests.push(guest)
  return guest
}

function defaultConfig(
  world: World,
  type: Guest['type'],
  vmid: number,
  mac: string
): Guest['config'] {
  if (type === 'lxc') {
    return {
      arch: 'amd64',
      hostname: `ct-${vmid}`,
      memory: 512,
      swap: 512,
      cores: 1,
      ostype: 'debian',
      net0: `name=eth0,bridge=vmbr0,hwaddr=${mac},ip=dhcp,type=veth`,
      rootfs: `local-lvm:subvol-${vmid}-disk-0,size=8G`
    }
  }
  return {
    agent: '1',
    boot: 'order=scsi0;net0',
    cores: 1,
    sockets: 1,
    memory: world.version === '7.4' ? 1024 : '1024',
    name: `vm-${vmid}`,
    net0: `virtio=${mac},bridge=vmbr0`,
    ostype: 'l26',
    scsi0: `local-lvm:vm-${vmid}-disk-0,size=16G`,
    smbios1: `uuid=${randomFrom(vmid).uuid()}`
  }
}

/** Destroys a guest; its backups stay, as in the original. */
export function removeGuest(world: World, vmid: number): void {
  guestOf(world, vmid)
  world.guests = world.guests.filter((guest) => guest.vmid !== vmid)
}

export function renameGuest(world: World, vmid: number, name: string): void {
  const guest = guestOf(world, vmid)
  guest.config[guest.type === 'qemu' ? 'name' : 'hostname'] = name
}

/** Moves the config file to another node at once, as the end of a migration does. */
export function migrateGuest(world: World, vmid: number, node: string): void {
  guestOf(world, vmid).node = nodeOf(world, node).name
}

/** Sets a config key, or removes it when the value is undefined. */
export function setConfig(
  world: World,
  vmid: number,
  key: string,
  value: ConfigValue | undefined
): void {
  const { config } = guestOf(world, vmid)
  if (value === undefined) delete config[key]
  else config[key] = value
}

/** Stages a change that only a restart applies; null stages a deletion. */
export function setPending(
  world: World,
  vmid: number,
  key: string,
  value: ConfigValue | null
): void {
  guestOf(world, vmid).pending[key] = value
}

/** Any QMP run state for VMs; running or stopped for containers. */
export function setPower(world: World, vmid: number, status: string): void {
  const guest = guestOf(world, vmid)
  guest.status = status
  guest.uptime = status === 'stopped' ? 0 : Math.max(guest.uptime, 1)
}

/** Changes how the agent answers; `none` also removes the config key, anything else enables it. */
export function setAgent(world: World, vmid: number, behaviour: AgentBehaviour): void {
  const guest = guestOf(world, vmid)
  guest.agent = behaviour
  if (behaviour === 'none') delete guest.config.agent
  else if (guest.config.agent === undefined || guest.config.agent === '0') guest.config.agent = '1'
}

/** Replaces the addresses of the n-th interface that a guest shows from inside. */
export function setAddresses(
  world: World,
  vmid: number,
  index: number,
  addresses: Address[]
): void {
  const found = guestOf(world, vmid).interfaces[index]
  if (found === undefined) throw new RangeError(`guest ${vmid} has no interface ${index}`)
  found.addresses = addresses
}

/** Turns a node on or off. Stats stay fresh for a while after the fall when `statsFresh` is true. */
export function setNodeOnline(
  world: World,
  name: string,
  online: boolean,
  statsFresh = online
): void {
  Object.assign(nodeOf(world, name), { online, statsFresh })
}

/** Replaces the rules of a token or user by one propagating rule on each given path. */
export function setPrivileges(world: World, id: string, byPath: Record<string, string[]>): void {
  const holder = [...world.tokens, ...world.users].find((candidate) => candidate.id === id)
  if (holder === undefined) throw new RangeError(`no token or user ${id} in this world`)
  holder.rules = rulesFrom(byPath)
}

/** Adds a token of an existing user; without rules and with separation it may do nothing. */
export function addToken(
  world: World,
  id: string,
  byPath: Record<string, string[]> = {},
  options: { privsep?: boolean; expire?: number } = {}
): Token {
  const token: Token = {
    id,
    secret: randomFrom(world.seed * 31 + world.tokens.length).uuid(),
    privsep: options.privsep ?? true,
    expire: options.expire ?? 0,
    rules: rulesFrom(byPath)
  }
  world.tokens.push(token)
  return token
}

function rulesFrom(byPath: Record<string, string[]>): AccessRule[] {
  return Object.entries(byPath).map(([path, privileges]) => ({ path, privileges, propagate: true }))
}
