import { createHash } from 'node:crypto'
import type { Guest, World } from './world/world-shape.ts'

const UNITS: Record<string, number> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 }
const MIB = 2 ** 20

/** Bytes of a size as config files write it ("32G", "528M", bytes), 0 when it cannot be read. */
export function sizeBytesFrom(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([KMGT])?(?:iB)?$/.exec(text)
  if (match === null) return 0
  return Math.floor(Number(match[1]) * (UNITS[match[2] ?? ''] ?? 1))
}

/** Size of the first boot disk: all that list calls know of a guest's disks. */
export function bootDiskBytes(guest: Guest): number {
  const keys = guest.type === 'lxc' ? ['rootfs'] : ['scsi0', 'virtio0', 'sata0', 'ide0']
  const value = keys.map((key) => guest.config[key]).find((text) => text !== undefined)
  return sizeBytesFrom(/(?:^|,)size=([^,]+)/.exec(String(value ?? ''))?.[1] ?? '')
}

/** Bytes of memory that the config promises, from any of its forms; 512 MiB when it says nothing. */
export function memoryBytes(guest: Guest): number {
  const match = /(?:^|current=)(\d+)/.exec(String(guest.config.memory ?? 512))
  return Number(match?.[1] ?? 512) * MIB
}

/** vCPUs as lists show them: never more than the host has; all of them for a container without cores. */
export function cpuCount(world: World, guest: Guest): number {
  const host = world.nodes.find((node) => node.name === guest.node)?.cores ?? 1
  if (guest.type === 'lxc') return Number(guest.config.cores ?? host)
  return Math.min(host, Number(guest.config.cores ?? 1) * Number(guest.config.sockets ?? 1))
}

/** SHA-1 over the whole config file with its snapshots and staged changes. */
export function digestOf(guest: Guest): string {
  const whole = JSON.stringify([sorted(guest.config), sorted(guest.pending), guest.snapshots])
  return createHash('sha1').update(whole).digest('hex')
}

/** The name that lists show: a synthetic one when the config has none. */
export function listName(guest: Guest): string {
  const name = guest.config[guest.type === 'qemu' ? 'name' : 'hostname']
  if (typeof name === 'string' && name !== '') return name
  return guest.type === 'qemu' ? `VM ${guest.vmid}` : `CT${guest.vmid}`
}

function sorted(value: Record<string, unknown>): [string, unknown][] {
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
}
