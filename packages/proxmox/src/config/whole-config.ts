import type { GuestConfig } from '@proxbox/contracts'
import Type, { type Static } from 'typebox'
import { decode, NonsenseError } from '../wire/decode.ts'
import { integerFrom, textFrom } from '../wire/tolerant.ts'
import { guestConfigFrom } from './guest-config.ts'
import { unknownKeysOf } from './known-keys.ts'
import { propertiesFrom } from './property-string.ts'
import { bytesFrom } from './size.ts'

const RawConfig = Type.Record(Type.String(), Type.Unknown())
const DRIVE = /^((ide|sata|scsi|virtio|efidisk|tpmstate|unused|mp)\d+|rootfs)$/
const NUMBERS: ReadonlySet<string> = new Set(['cores', 'sockets', 'smp', 'memory'])
/** A list of pairs by nature (PVE::LXC::Config). */
const LISTS: ReadonlySet<string> = new Set(['lxc'])

/**
 * Pure: as guestConfigFrom, for an answer that disks, NICs and sizes are removed by: whatever it does not hold must
 * really not be there. Proxmox sends a digest with each configuration, and a container has a root volume.
 *
 * @throws NonsenseError when it is none, or when a value that we read has no usable form
 */
export function wholeConfigFrom(type: 'qemu' | 'lxc', raw: unknown): Static<typeof GuestConfig> {
  const values = decode(RawConfig, raw, 'the configuration')
  const needed = type === 'lxc' ? ['digest', 'rootfs'] : ['digest']
  for (const key of needed) {
    if (!textFrom(values[key])) throw new NonsenseError(`the configuration has no ${key}`)
  }
  const unknown = new Set(unknownKeysOf(type, Object.keys(values)))
  const broken = Object.entries(values)
    .filter(([key, value]) => !unknown.has(key) && !isUsable(key, value))
    .map(([key]) => key)
  const config = guestConfigFrom(type, raw)
  broken.push(...config.nics.filter(({ model }) => model === 'unknown').map(({ slot }) => slot))
  if (broken.length === 0) return config
  throw new NonsenseError(`the configuration holds ${broken.join(', ')} in no usable form`)
}

function isUsable(key: string, value: unknown): boolean {
  if (LISTS.has(key)) return true
  const text = textFrom(value)
  if (text === undefined) return false
  if (NUMBERS.has(key))
    return integerFrom(propertiesFrom(text, 'current').get('current')) !== undefined
  if (/^net\d+$/.test(key)) return text.trim() !== ''
  if (!DRIVE.test(key)) return true
  const size = propertiesFrom(text, 'file').get('size')
  return text.trim() !== '' && (size === undefined || bytesFrom(size) !== undefined)
}
