import type { Storage } from './world-shape.ts'

const TIB = 2 ** 40

/** Two local storages that share one id over all nodes, one NFS share and one backup server. */
export function makeStorages(): Storage[] {
  return [
    storage('local', 'dir', 'iso,vztmpl,backup', { settings: { path: '/var/lib/vz' }, tib: 0.1 }),
    storage('local-lvm', 'lvmthin', 'images,rootdir', {
      settings: { vgname: 'pve', thinpool: 'data' },
      tib: 0.8
    }),
    storage('nas', 'nfs', 'images,rootdir,iso,backup', {
      settings: { server: '192.0.2.40', export: '/export/proxmox', path: '/mnt/pve/nas' },
      tib: 20
    }),
    storage('pbs', 'pbs', 'backup', {
      settings: { server: '192.0.2.41', datastore: 'main', username: 'sync@pbs' },
      tib: 40
    })
  ]
}

function storage(
  id: string,
  type: string,
  content: string,
  rest: { settings: Record<string, string | number>; tib: number }
): Storage {
  const totalBytes = Math.round(rest.tib * TIB)
  return {
    id,
    type,
    content,
    shared: type === 'nfs' || type === 'pbs',
    disabled: false,
    settings: rest.settings,
    totalBytes,
    usedBytes: Math.round(totalBytes * 0.4)
  }
}
