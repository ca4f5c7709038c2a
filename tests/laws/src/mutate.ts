import {
  addGuest,
  type Guest,
  migrateGuest,
  removeGuest,
  renameGuest,
  setAddresses,
  setAgent,
  setConfig,
  setPower,
  type World
} from '@proxbox/simulator/proxmox'
import fc from 'fast-check'

/** One change of a world: which guest, and a number that chooses among the ways to do it. */
export interface Mutation {
  readonly what: keyof typeof ways
  readonly guest: number
  readonly way: number
}

// Callers give constants that are not empty, so the index always meets one.
const pick = <T>(all: readonly T[], index: number): T => all[index % all.length] as T

const names = ['web', 'WEB', 'db', 'a'.repeat(63), 'mail']
const texts = ['', 'note', '<b>bold</b> text', ' padded ', 'x\r\ny']
const tags = ['', 'web', 'web;db', 'We.b;we-b', 'prod;db']
const nics = [
  'virtio=BC:24:11:FF:00:01,bridge=vmbr0',
  'virtio=BC:24:11:FF:00:02,bridge=vmbr0,tag=20',
  'e1000=BC:24:11:FF:00:03,bridge=vmbr0,trunks=10;20,link_down=1',
  'virtio=BC:24:11:FF:00:01,bridge=vmbr0,mtu=1400',
  'virtio=BC:24:11:FF:00:02,bridge=vmbr2',
  'virtio=BC:24:11:FF:00:02,bridge=vnet10'
]
const disks = ['local-lvm:vm-1-disk-7,size=4G', 'local-lvm:vm-1-disk-8,size=5G', undefined]

type Way = (world: World, guest: Guest, way: number) => void
const ways = {
  add: (world, _, way) => {
    if (world.guests.length < 5) addGuest(world, { type: pick(['qemu', 'lxc'] as const, way) })
  },
  remove: (world, guest) => removeGuest(world, guest.vmid),
  rename: (world, guest, way) => renameGuest(world, guest.vmid, pick(names, way)),
  swap: (world, guest) => {
    const other = world.guests.find((one) => one.type === guest.type && one !== guest)
    if (other === undefined) return
    const key = guest.type === 'qemu' ? 'name' : 'hostname'
    const [mine, theirs] = [String(guest.config[key]), String(other.config[key])]
    renameGuest(world, guest.vmid, theirs)
    renameGuest(world, other.vmid, mine)
  },
  memory: (world, guest, way) => setConfig(world, guest.vmid, 'memory', 256 * (1 + (way % 4))),
  cores: (world, guest, way) => setConfig(world, guest.vmid, 'cores', 1 + (way % 4)),
  notes: (world, guest, way) => setConfig(world, guest.vmid, 'description', pick(texts, way)),
  tags: (world, guest, way) => setConfig(world, guest.vmid, 'tags', pick(tags, way)),
  nic: (world, guest, way) => {
    if (guest.type === 'qemu') setConfig(world, guest.vmid, 'net0', pick(nics, way))
  },
  'second nic': (world, guest, way) => {
    if (guest.type === 'qemu') setConfig(world, guest.vmid, 'net1', pick([...nics, undefined], way))
  },
  disk: (world, guest, way) => {
    if (guest.type === 'qemu') setConfig(world, guest.vmid, 'scsi1', pick(disks, way))
  },
  power: (world, guest, way) =>
    setPower(world, guest.vmid, pick(['running', 'stopped', 'paused'], way)),
  agent: (world, guest, way) => {
    const agent = pick(['answers', 'none', 'error-in-200', 'nonsense', 'empty'] as const, way)
    if (guest.type === 'qemu') setAgent(world, guest.vmid, agent)
  },
  addresses: (world, guest, way) => {
    if (guest.interfaces.length === 0) return
    const four = { address: `10.9.0.${5 + (way % 3)}`, family: 4 as const, prefix: 24 }
    const six = { address: `2001:db8:9::${1 + (way % 3)}`, family: 6 as const, prefix: 64 }
    setAddresses(world, guest.vmid, 0, way % 2 === 0 ? [four] : [four, six])
  },
  'inner name': (_, guest, way) => {
    const names = ['eth0', 'eth1', 'net1', 'net0', 'ens18']
    const [one, other] = guest.interfaces
    if (one === undefined) return
    const swapped = other?.name
    if (other !== undefined && way % 2 === 0) other.name = one.name
    one.name = way % 2 === 0 ? (swapped ?? pick(names, way)) : pick(names, way)
  },
  move: (world, guest, way) => migrateGuest(world, guest.vmid, pick(world.nodes, way).name)
} satisfies Record<string, Way>

// `satisfies` above keeps the keys: they are exactly these.
const whats = Object.keys(ways) as Mutation['what'][]

export const mutations: fc.Arbitrary<Mutation[]> = fc.array(
  fc.record({
    what: fc.constantFrom(...whats),
    guest: fc.nat(9),
    way: fc.nat(11)
  }),
  { maxLength: 5 }
)

export function mutate(world: World, all: readonly Mutation[]): void {
  for (const { what, guest, way } of all) {
    const one = world.guests[guest % Math.max(1, world.guests.length)]
    if (one !== undefined) ways[what](world, one, way)
  }
}
