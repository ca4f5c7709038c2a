import type { Guest } from '@proxbox/contracts'
import { hostOf } from '../canonical.ts'

/** What identifies a guest beyond its VMID; names of the facts as the Ledger keeps them. Absent = not read. */
export interface GuestEvidence {
  /** SMBIOS uuid (qm.conf `smbios1`). */
  readonly uuid?: string
  readonly vmgenid?: string
  /** Epoch seconds (qm.conf `meta`, ctime). */
  readonly created?: string
  /** Of all NICs, sorted, with commas. */
  readonly macs?: string
  readonly name?: string
  /** Volume of an LXC's root file system. */
  readonly root?: string
}

/** Pure: the evidence of a guest, as far as it was read: what is absent changes nothing in the Ledger. */
export function evidenceOf({ type, name, config }: Guest): GuestEvidence {
  const told = config?.name ?? name
  const macs = (config?.nics ?? []).flatMap(({ mac }) => mac?.toUpperCase() ?? []).sort()
  const root = config?.disks.find(({ slot }) => type === 'lxc' && slot === 'rootfs')
  const volume = [root?.storage, root?.volume].filter(Boolean).join(':')
  return {
    ...(config?.smbiosUuid ? { uuid: config.smbiosUuid.toLowerCase() } : {}),
    ...(config?.vmgenid ? { vmgenid: config.vmgenid.toLowerCase() } : {}),
    ...(config?.createdAtSeconds ? { created: String(config.createdAtSeconds) } : {}),
    ...(macs.length === 0 ? {} : { macs: [...new Set(macs)].join(',') }),
    ...(told?.trim() ? { name: told.trim() } : {}),
    ...(volume === '' ? {} : { root: volume })
  }
}

/** Who told a guest's address when it was last listed; the guest's own word stays until it answers otherwise. */
export interface AddressEvidence {
  readonly in_config?: 'yes' | 'no'
  /** Absent: it was not asked, or did not answer. */
  readonly in_guest?: 'yes' | 'no'
}

/** Pure: who tells an address of this guest. */
export function toldBy({ config, interfaces }: Guest): (host: string) => AddressEvidence {
  const set = new Set((config?.nics ?? []).flatMap(({ addresses }) => addresses.map(hostOf)))
  const told = interfaces?.flatMap(({ addresses }) => addresses.map((one) => hostOf(one.address)))
  const heard = told === undefined ? undefined : new Set(told)
  const word = (isTold: boolean) => (isTold ? 'yes' : 'no')
  return (host) => ({
    ...(config === undefined ? {} : { in_config: word(set.has(host)) }),
    ...(heard === undefined ? {} : { in_guest: word(heard.has(host)) })
  })
}

/** Pure: is the configuration alone the list that names this address? Who has told it himself may have it still. */
export const isToldByConfig = (evidence: AddressEvidence): boolean =>
  evidence.in_config === 'yes' && evidence.in_guest !== 'yes'
