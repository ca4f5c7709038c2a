import { type KindName, type SyncType, syncTypes } from '@proxbox/contracts'

/** Which kinds each sync type writes; a kind counts for the first selected type that writes it. */
const kindsOfType: Readonly<Record<SyncType, readonly (KindName | string)[]>> = {
  devices: [
    'tag',
    'custom-field',
    'manufacturer',
    'device-type',
    'device-role',
    'cluster-type',
    'vm-type',
    'platform',
    'site',
    'cluster',
    'device'
  ],
  storage: ['storage'],
  'virtual-machines': ['vm', 'vm-interface', 'mac-address', 'vlan-group', 'vlan', 'ip-address'],
  'vm-disks': ['disk'],
  'vm-backups': [],
  'vm-snapshots': [],
  'network-interfaces': ['interface'],
  'ip-addresses': ['ip-address'],
  replications: [],
  'backup-routines': []
}

/** Sync types for which nothing is read yet: their stage says so instead of showing an empty success. */
export const notReadYet: ReadonlySet<SyncType> = new Set([
  'vm-backups',
  'vm-snapshots',
  'replications',
  'backup-routines'
])

/** Pure: the kinds that a type reports when these types run together. */
export function kindsReportedBy(type: SyncType, selected: readonly SyncType[]): readonly string[] {
  const earlier = syncTypes
    .slice(0, syncTypes.indexOf(type))
    .filter((one) => selected.includes(one))
  const taken = new Set(earlier.flatMap((one) => kindsOfType[one]))
  return kindsOfType[type].filter((kind) => !taken.has(kind))
}
