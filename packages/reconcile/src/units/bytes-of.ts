import type { Estate, Guest } from '@proxbox/contracts'
import { diskKey, guestKey } from '../key-of.ts'

/** The fields whose number depends on what a megabyte is. */
export type UnitField = 'memory' | 'size'

/** Pure: the field of such a kind. */
export const unitField = (kind: string): UnitField | undefined => {
  if (kind === 'vm') return 'memory'
  return kind === 'disk' ? 'size' : undefined
}

/** The setting of a NetBox Endpoint that says what a megabyte is there: one each, and decided one by one. */
export const baseSetting = { memory: 'ram_base', size: 'disk_base' } as const satisfies Record<
  UnitField,
  string
>

/** Pure: the other of the two bases that NetBox can be set to. */
export const otherBase = (base: number): number => (base === 1000 ? 1024 : 1000)

function addGuest(bytes: Map<string, number>, key: string, { config }: Guest): void {
  if (config === undefined) return
  bytes.set(key, config.memoryMiB * 1024 ** 2)
  for (const { slot, sizeBytes } of config.disks) {
    if (sizeBytes !== undefined) bytes.set(diskKey(key, slot), sizeBytes)
  }
}

/** Pure: bytes of memory by guest key, and of each disk by disk key, as Proxmox tells them. */
export function bytesIn(estate: Estate): ReadonlyMap<string, number> {
  const bytes = new Map<string, number>()
  for (const { clusterId, guests } of estate.clusters) {
    for (const guest of guests) addGuest(bytes, guestKey(clusterId, guest.type, guest.vmid), guest)
  }
  return bytes
}
