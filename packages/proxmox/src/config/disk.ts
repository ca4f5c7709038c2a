import type { Disk } from '@proxbox/contracts'
import type { Static } from 'typebox'
import { defined } from '../defined.ts'
import { propertiesFrom } from './property-string.ts'
import { bytesFrom } from './size.ts'

type GuestDisk = Static<typeof Disk>
type Media = GuestDisk['media']

/** Pure: a drive of a virtual machine (PVE::QemuServer::Drive). */
export function qemuDiskFrom(slot: string, text: string): GuestDisk {
  const properties = propertiesFrom(text, 'file')
  const file = properties.get('file') ?? properties.get('volume') ?? ''
  return diskFrom(slot, file, { properties, media: qemuMedia(slot, file, properties) })
}

/** Pure: rootfs, mpN or unusedN of a container (PVE::LXC::Config). */
export function lxcDiskFrom(slot: string, text: string): GuestDisk {
  const properties = propertiesFrom(text, 'volume')
  const file = properties.get('volume') ?? ''
  const mountPoint = slot === 'rootfs' ? '/' : properties.get('mp')
  return defined({
    ...diskFrom(slot, file, { properties, media: lxcMedia(slot, file) }),
    mountPoint
  })
}

function qemuMedia(slot: string, file: string, properties: ReadonlyMap<string, string>): Media {
  if (slot.startsWith('unused')) return 'unused'
  if (slot.startsWith('efidisk')) return 'efi'
  if (slot.startsWith('tpmstate')) return 'tpm'
  if (/[/:-]cloudinit(\.(qcow2|raw))?$/.test(file)) return 'cloud-init'
  if (file === 'none' || file === 'cdrom' || properties.get('media') === 'cdrom') return 'cdrom'
  return file.startsWith('/') ? 'passthrough' : 'disk'
}

function lxcMedia(slot: string, file: string): Media {
  if (slot.startsWith('unused')) return 'unused'
  if (file.startsWith('/dev/')) return 'passthrough'
  return file.startsWith('/') ? 'bind' : 'disk'
}

function diskFrom(
  slot: string,
  file: string,
  own: { properties: ReadonlyMap<string, string>; media: Media }
): GuestDisk {
  const at = file.startsWith('/') ? -1 : file.indexOf(':')
  const isVolume = at > 0
  const sizeBytes = bytesFrom(own.properties.get('size') ?? '')
  return defined({
    slot,
    storage: isVolume ? file.slice(0, at) : undefined,
    volume: isVolume ? file.slice(at + 1) : undefined,
    // 0T is Proxmox's word for a subvolume without a limit.
    sizeBytes: sizeBytes === 0 ? undefined : sizeBytes,
    media: own.media,
    format: own.properties.get('format') ?? /\.(qcow2|raw|vmdk|subvol)$/.exec(file)?.[1]
  })
}
