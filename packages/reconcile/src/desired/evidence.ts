import type { Guest } from '@proxbox/contracts'

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
