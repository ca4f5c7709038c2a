/** Sync types in their fixed order; a subset keeps it. Paths are those of the old backend. */
export const syncTypes = [
  'devices',
  'storage',
  'virtual-machines',
  'vm-disks',
  'vm-backups',
  'vm-snapshots',
  'network-interfaces',
  'ip-addresses',
  'replications',
  'backup-routines'
] as const
export type SyncType = (typeof syncTypes)[number]

export interface StreamPath {
  readonly path: string
  /** `all` runs every type. */
  readonly types: readonly SyncType[] | 'all'
  /** The `step` name under which the old backend reported this stage. */
  readonly step: string
}

/** The eleven event-stream paths of the backend contract. */
export const streamPaths: readonly StreamPath[] = [
  { path: '/dcim/devices/create/stream', types: ['devices'], step: 'devices' },
  {
    path: '/virtualization/virtual-machines/storage/create/stream',
    types: ['storage'],
    step: 'storage'
  },
  {
    path: '/virtualization/virtual-machines/create/stream',
    types: ['virtual-machines'],
    step: 'virtual-machines'
  },
  {
    path: '/virtualization/virtual-machines/virtual-disks/create/stream',
    types: ['vm-disks'],
    step: 'vm-disks'
  },
  {
    path: '/virtualization/virtual-machines/backups/all/create/stream',
    types: ['vm-backups'],
    step: 'vm-backups'
  },
  {
    path: '/virtualization/virtual-machines/snapshots/all/create/stream',
    types: ['vm-snapshots'],
    step: 'vm-snapshots'
  },
  {
    path: '/dcim/devices/interfaces/create/stream',
    types: ['network-interfaces'],
    step: 'network-interfaces'
  },
  {
    path: '/virtualization/virtual-machines/interfaces/ip-address/create/stream',
    types: ['ip-addresses'],
    step: 'ip-addresses'
  },
  { path: '/cluster/replication/stream', types: ['replications'], step: 'replications' },
  { path: '/cluster/backup/stream', types: ['backup-routines'], step: 'backup-routines' },
  { path: '/full-update/stream', types: 'all', step: 'full-update' }
]

/** Pure: the given types in the fixed order, without repeats; nothing given means all. */
export function orderedSyncTypes(types: readonly SyncType[]): readonly SyncType[] {
  return types.length === 0 ? syncTypes : syncTypes.filter((type) => types.includes(type))
}
