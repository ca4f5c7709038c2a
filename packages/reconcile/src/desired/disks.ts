import type { GuestConfig, Item } from '@proxbox/contracts'
import { diskKey } from '../key-of.ts'

/** Pure: bytes in NetBox's unit, rounded up, at least 1. */
export const inUnits = (bytes: number, base: number): number =>
  Math.max(1, Math.ceil(bytes / base ** 2))

const notDisks = new Set(['cdrom', 'cloud-init', 'unused'])

/** Pure: one VirtualDisk per attached disk with a known size. */
export const diskItems = (guest: string, config: GuestConfig, base: number): readonly Item[] =>
  config.disks.flatMap((disk) =>
    notDisks.has(disk.media) || disk.sizeBytes === undefined || disk.sizeBytes <= 0
      ? []
      : [
          {
            key: diskKey(guest, disk.slot),
            kind: 'disk' as const,
            fields: {
              virtual_machine: { ref: guest },
              name: disk.slot,
              size: inUnits(disk.sizeBytes, base),
              description: [disk.storage, disk.volume].filter(Boolean).join(':')
            },
            sources: { size: `config ${disk.slot}`, description: `config ${disk.slot}` }
          }
        ]
  )
