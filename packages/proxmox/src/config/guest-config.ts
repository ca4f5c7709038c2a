import type { GuestConfig } from '@proxbox/contracts'
import Type, { type Static } from 'typebox'
import { defined } from '../defined.ts'
import { decode } from '../wire/decode.ts'
import { booleanFrom, integerFrom, textFrom } from '../wire/tolerant.ts'
import { lxcDiskFrom, qemuDiskFrom } from './disk.ts'
import { unknownKeysOf } from './known-keys.ts'
import { lxcNicFrom, qemuNicFrom } from './nic.ts'
import { propertiesFrom, propertyFlag, propertyInteger } from './property-string.ts'
import { tagsFrom } from './tags.ts'

type Config = Static<typeof GuestConfig>
type Texts = ReadonlyMap<string, string>

const RawConfig = Type.Record(Type.String(), Type.Unknown())
const QEMU_DRIVE = /^(ide|sata|scsi|virtio|efidisk|tpmstate|unused)\d+$/
const LXC_VOLUME = /^(rootfs|mp\d+|unused\d+)$/
/** Of both kinds of guest, when the key is absent. */
const DEFAULT_MEMORY_MIB = 512

/**
 * Pure: what `GET …/{qemu,lxc}/{vmid}/config?current=1` answers, decoded (proxmox-ve 7.4 to 9.2). Unknown keys are named
 * in `unknownKeys`, values that cannot be read are left out.
 *
 * @throws NonsenseError when `raw` is no object
 */
export function guestConfigFrom(type: 'qemu' | 'lxc', raw: unknown): Config {
  const texts = textsFrom(decode(RawConfig, raw, 'the configuration'))
  const own = type === 'qemu' ? qemuPart(texts) : lxcPart(texts)
  return defined({
    digest: texts.get('digest'),
    description: texts.get('description')?.trimEnd() || undefined,
    onBoot: booleanFrom(texts.get('onboot')),
    template: booleanFrom(texts.get('template')),
    osType: texts.get('ostype'),
    searchDomain: texts.get('searchdomain'),
    tags: tagsFrom(texts.get('tags') ?? ''),
    lock: texts.get('lock'),
    memoryMiB: memoryFrom(texts.get('memory')),
    ...own,
    unknownKeys: unknownKeysOf(type, texts.keys())
  })
}

function qemuPart(texts: Texts) {
  const smp = positive(texts.get('smp'))
  const sockets = positive(texts.get('sockets')) ?? smp ?? 1
  const cores = positive(texts.get('cores')) ?? 1
  const smbios = propertiesFrom(texts.get('smbios1') ?? '', 'uuid')
  const vmgenid = texts.get('vmgenid')
  const drives = [...texts].filter(([slot]) => QEMU_DRIVE.test(slot))
  // `cdrom` is an old alias of ide2.
  const cdrom = texts.has('ide2') ? undefined : texts.get('cdrom')
  return {
    name: texts.get('name'),
    vcpus: sockets * cores,
    sockets,
    cores,
    agentEnabled: propertyFlag(propertiesFrom(texts.get('agent') ?? '', 'enabled'), 'enabled'),
    nics: numbered(texts, /^net\d+$/).map(([slot, text]) =>
      qemuNicFrom(slot, text, texts.get(slot.replace('net', 'ipconfig')))
    ),
    disks: [
      ...numberedOf(drives).map(([slot, text]) => qemuDiskFrom(slot, text)),
      ...(cdrom === undefined ? [] : [qemuDiskFrom('ide2', `${cdrom},media=cdrom`)])
    ],
    smbiosUuid: smbios.get('uuid')?.toLowerCase(),
    smbiosSerial: smbiosText(smbios, 'serial'),
    // 0 switches the id off.
    vmgenid: vmgenid === '0' ? undefined : vmgenid?.toLowerCase(),
    createdAtSeconds: propertyInteger(propertiesFrom(texts.get('meta') ?? '', 'meta'), 'ctime'),
    machine: propertiesFrom(texts.get('machine') ?? '', 'type').get('type'),
    bios: texts.get('bios')
  }
}

function lxcPart(texts: Texts) {
  const cores = positive(texts.get('cores'))
  return {
    name: texts.get('hostname'),
    vcpus: cores,
    cores,
    agentEnabled: false,
    unprivileged: booleanFrom(texts.get('unprivileged')),
    nics: numbered(texts, /^net\d+$/).map(([slot, text]) => lxcNicFrom(slot, text)),
    disks: numbered(texts, LXC_VOLUME).map(([slot, text]) => lxcDiskFrom(slot, text))
  }
}

/** Pure: MiB of `4096`, `"4096"` or `current=4096` (qemu-server since 8.0.8). */
function memoryFrom(text: string | undefined): number {
  const memoryMiB = propertyInteger(propertiesFrom(text ?? '', 'current'), 'current')
  return memoryMiB === undefined || memoryMiB <= 0 ? DEFAULT_MEMORY_MIB : memoryMiB
}

function smbiosText(smbios: Texts, key: string): string | undefined {
  const text = smbios.get(key)
  if (text === undefined || !propertyFlag(smbios, 'base64')) return text
  return Buffer.from(text, 'base64').toString('utf8')
}

/** Lists (such as `lxc`) carry nothing that is read; their key stays known. */
function textsFrom(raw: Record<string, unknown>): Texts {
  return new Map(Object.entries(raw).map(([key, value]) => [key, textOf(value)]))
}

function textOf(value: unknown): string {
  return typeof value === 'boolean' ? (value ? '1' : '0') : (textFrom(value) ?? '')
}

function positive(text: string | undefined): number | undefined {
  const number = integerFrom(text)
  return number === undefined || number < 1 ? undefined : number
}

function numbered(texts: Texts, pattern: RegExp): [string, string][] {
  return numberedOf([...texts].filter(([slot]) => pattern.test(slot)))
}

/** Answers come in random order: sorted by slot, net2 before net10. */
function numberedOf(entries: [string, string][]): [string, string][] {
  return entries.sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
}
