import { forbidden, PveError } from '../errors.ts'
import { sizeBytesFrom } from '../measures.ts'
import type { Backup, Guest, Storage } from '../world/world-shape.ts'
import { canUse, isOn } from './resources.ts'
import {
  type Context,
  can,
  canOnGuest,
  nodeFrom,
  type Reply,
  type Route,
  type Row
} from './route.ts'

/** Every storage of the node is probed, whatever is asked for. */
const PROBE_MS = 20

export const storageRoutes: readonly Route[] = [
  { path: '/storage', cost: 'P', answer: list },
  { path: '/nodes/{node}/storage', cost: 'D', answer: onNode },
  { path: '/nodes/{node}/storage/{storage}/status', cost: 'D', answer: status },
  { path: '/nodes/{node}/storage/{storage}/content', cost: 'D', answer: content }
]

function list(context: Context): Reply {
  const rows = context.world.storages
    .filter((storage) => canUse(context, storage))
    .map((storage) => ({
      storage: storage.id,
      type: storage.type,
      content: storage.content,
      ...storage.settings,
      // Implicitly shared types do not always say so.
      ...(storage.shared && storage.type !== 'pbs' ? { shared: true } : {}),
      ...(storage.disabled ? { disable: true } : {}),
      ...(storage.nodes === undefined ? {} : { nodes: storage.nodes.join(',') }),
      digest: '9c1b0f7f4bd5a1a06a1f6a4a3d0f2c1e8b7a6d5c'
    }))
  return { data: rows }
}

function onNode(context: Context): Reply {
  const node = nodeFrom(context)
  const { content, storage: only } = context.query
  const rows = context.world.storages
    .filter((storage) => storage.nodes === undefined || storage.nodes.includes(node.name))
    .filter((storage) => canUse(context, storage))
    .filter((storage) => context.query.enabled !== '1' || !storage.disabled)
    .filter((storage) => only === undefined || storage.id === only)
    .filter((storage) => content === undefined || storage.content.split(',').includes(content))
    .map((storage) => ({
      storage: storage.id,
      ...statusRow(storage),
      ...(storage.disabled ? {} : { used_fraction: storage.usedBytes / storage.totalBytes })
    }))
  return { data: rows, delayMs: PROBE_MS }
}

function statusRow(storage: Storage): Row {
  return {
    type: storage.type,
    content: storage.content,
    shared: storage.shared,
    enabled: !storage.disabled,
    active: !storage.disabled,
    total: storage.disabled ? 0 : storage.totalBytes,
    used: storage.disabled ? 0 : storage.usedBytes,
    avail: storage.disabled ? 0 : storage.totalBytes - storage.usedBytes
  }
}

function storageFrom(context: Context): { storage: Storage; node: string } {
  const node = nodeFrom(context)
  const id = context.params.storage ?? ''
  const storage = context.world.storages.find((candidate) => candidate.id === id)
  const path = `/storage/${id}`
  const privileges = ['Datastore.Audit', 'Datastore.AllocateSpace']
  if (!can(context, path, ...privileges)) throw forbidden(path, privileges)
  if (storage === undefined) throw new PveError(500, `storage '${id}' does not exist`)
  return { storage, node: node.name }
}

function status(context: Context): Reply {
  const { storage } = storageFrom(context)
  return { data: statusRow(storage), delayMs: PROBE_MS }
}

/** Volumes, each dropped without a word unless the caller may use it (pve-storage, check_volume_access). */
function content(context: Context): Reply {
  const { storage, node } = storageFrom(context)
  if (storage.disabled) throw new PveError(500, `storage '${storage.id}' is disabled`)
  if (!isOn(storage, node)) {
    throw new PveError(500, `storage '${storage.id}' is not available on node '${node}'`)
  }
  const { content: kind, vmid } = context.query
  const offers = (name: string) =>
    storage.content.split(',').includes(name) && (kind === undefined || kind === name)
  const rows = [
    ...(offers('backup') ? backupRows(context, storage, node) : []),
    ...(offers('images') || offers('rootdir') ? volumeRows(context, storage, node) : []),
    ...(offers('iso') ? isoRows(storage) : [])
  ].filter((row) => vmid === undefined || String(row.vmid) === vmid)
  return { data: rows }
}

function backupRows(context: Context, storage: Storage, node: string): Row[] {
  return context.world.backups
    .filter((backup) => backup.storage === storage.id && (backup.node ?? node) === node)
    .filter((backup) => maySeeBackup(context, storage, backup))
    .map((backup) => ({
      volid: backup.volid,
      content: 'backup',
      format: backup.format,
      size: backup.sizeBytes,
      ctime: backup.ctime,
      vmid: backup.vmid,
      subtype: backup.type,
      ...(backup.notes === undefined ? {} : { notes: backup.notes }),
      ...(backup.protected ? { protected: true } : {}),
      ...(backup.verification === undefined
        ? {}
        : {
            verification: {
              state: backup.verification,
              upid: 'UPID:pbs:00001234:00005678:00000001:65A1B2C3:verify::root@pam:'
            }
          })
    }))
}

function maySeeBackup(context: Context, storage: Storage, backup: Backup): boolean {
  const path = `/storage/${storage.id}`
  if (can(context, path, 'Datastore.Allocate')) return true
  const owner = context.world.guests.find((guest) => guest.vmid === backup.vmid) ?? {
    vmid: backup.vmid
  }
  return can(context, path, 'Datastore.AllocateSpace') && canOnGuest(context, owner, 'VM.Backup')
}

function volumeRows(context: Context, storage: Storage, node: string): Row[] {
  const path = `/storage/${storage.id}`
  const mayAll = can(context, path, 'Datastore.Allocate')
  return context.world.guests
    .filter((guest) => storage.shared || guest.node === node)
    .filter(
      (guest) =>
        mayAll ||
        (can(context, path, 'Datastore.Audit') && canOnGuest(context, guest, 'VM.Config.Disk'))
    )
    .flatMap((guest) => volumesOf(guest, storage, context.query.content))
}

function volumesOf(guest: Guest, storage: Storage, kind: string | undefined): Row[] {
  const content = guest.type === 'qemu' ? 'images' : 'rootdir'
  if (kind !== undefined && kind !== content) return []
  return Object.values(guest.config)
    .filter((value) => typeof value === 'string')
    .filter((value) => value.startsWith(`${storage.id}:`) && !value.includes(':iso/'))
    .map((value) => ({
      volid: value.split(',')[0],
      content,
      format: value.includes('.qcow2') ? 'qcow2' : 'raw',
      size: sizeBytesFrom(/,size=([^,]+)/.exec(value)?.[1] ?? '4M'),
      vmid: guest.vmid
    }))
}

function isoRows(storage: Storage): Row[] {
  const volid = `${storage.id}:iso/debian-12.5.0-amd64-netinst.iso`
  return [{ volid, content: 'iso', format: 'iso', size: 659_554_304, ctime: 1_707_563_862 }]
}
