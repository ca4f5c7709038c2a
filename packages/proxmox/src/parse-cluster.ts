import type { Guest, Storage } from '@proxbox/contracts'
import { guestStatuses } from '@proxbox/contracts'
import type { Static, StaticDecode } from 'typebox'
import { tagsFrom } from './config/tags.ts'
import { defined } from './defined.ts'
import { decodeRows, NonsenseError, tryDecode } from './wire/decode.ts'
import {
  AnyRow,
  ClusterRow,
  GuestRow,
  MemberRow,
  NodeRow,
  Options,
  StorageRow,
  TagStyle
} from './wire/schemas.ts'

export type EstateGuest = Static<typeof Guest>
type EstateStorage = Static<typeof Storage>

export interface Member {
  readonly name: string
  readonly ip?: string
  readonly isLocal: boolean
  readonly online: boolean
}

export interface Membership {
  readonly name: string
  readonly mode: 'cluster' | 'standalone'
  readonly quorate: boolean
  readonly members: readonly Member[]
}

/** Pure: /cluster/status. A stand-alone node has no cluster row and gives its own name. @throws NonsenseError */
export function membershipFrom(data: unknown): Membership {
  const { rows } = decodeRows(AnyRow, data, 'the cluster status')
  const wholes = Array.isArray(data) ? data : []
  const cluster = wholes.map((row) => tryDecode(ClusterRow, row)).find((row) => row !== undefined)
  const members = wholes
    .map((row) => tryDecode(MemberRow, row))
    .filter((row) => row !== undefined)
    .map((row) =>
      defined({
        name: row.name,
        ip: row.ip === '' ? undefined : row.ip,
        isLocal: row.local === true,
        online: row.online === true
      })
    )
    .sort((a, b) => a.name.localeCompare(b.name))
  const [only] = members
  if (rows.length === 0 || only === undefined) {
    throw new NonsenseError('the cluster status names no node')
  }
  if (cluster === undefined) {
    return { name: only.name, mode: 'standalone', quorate: true, members }
  }
  return { name: cluster.name, mode: 'cluster', quorate: cluster.quorate === true, members }
}

export interface Resources {
  readonly guests: readonly EstateGuest[]
  readonly nodes: readonly { readonly name: string; readonly online: boolean }[]
  readonly storageRows: readonly StaticDecode<typeof StorageRow>[]
  /** Guest rows that could not be read, so the list is not whole. */
  readonly brokenGuests: number
}

/** Pure: /cluster/resources without a filter. @throws NonsenseError when it is no list */
export function resourcesFrom(data: unknown): Resources {
  if (!Array.isArray(data)) throw new NonsenseError('the resources are no list')
  const rows: unknown[] = data
  const ofType = (types: readonly string[]) =>
    rows.filter((row) => types.includes(tryDecode(AnyRow, row)?.type ?? ''))
  const guests = decodeRows(GuestRow, ofType(['qemu', 'lxc']), 'the guests')
  const nodes = decodeRows(NodeRow, ofType(['node']), 'the nodes')
  const storages = decodeRows(StorageRow, ofType(['storage']), 'the storages')
  return {
    guests: guests.rows.map(guestFrom).sort((a, b) => a.vmid - b.vmid),
    nodes: nodes.rows.map((row) => ({ name: row.node, online: row.status === 'online' })),
    storageRows: storages.rows,
    brokenGuests: guests.broken
  }
}

/** A row without fresh stats keeps its place but tells no name and no template flag (proxmox-ve, 5 min). */
function guestFrom(row: StaticDecode<typeof GuestRow>): EstateGuest {
  const status = guestStatuses.find((known) => known === row.status) ?? 'unknown'
  const isStale = row.status === undefined || row.status === 'unknown'
  return defined({
    vmid: row.vmid,
    type: row.type,
    node: row.node,
    name: isStale || row.name === '' ? undefined : row.name,
    status,
    template: isStale ? undefined : row.template === true,
    tags: row.tags === undefined ? undefined : tagsFrom(row.tags),
    pool: row.pool,
    haState: row.hastate,
    lock: row.lock
  })
}

/** Shared by nature; `shared` is not always printed for them (PVE::Storage plugins). */
const SHARED_TYPES = new Set(
  'iscsi nfs cifs rbd cephfs iscsidirect zfs drbd pbs glusterfs'.split(' ')
)

/** Pure: one storage per node, or one for all when it is shared. */
export function storagesFrom(
  rows: readonly StaticDecode<typeof StorageRow>[]
): readonly EstateStorage[] {
  const found = new Map<string, EstateStorage>()
  for (const row of rows) {
    const shared = row.shared === true || SHARED_TYPES.has(row.plugintype ?? '')
    const key = shared ? row.storage : `${row.storage} ${row.node}`
    // Of a shared storage the first node that reaches it tells the sizes.
    if (found.get(key)?.status === 'available') continue
    found.set(
      key,
      defined({
        storage: row.storage,
        node: shared ? undefined : row.node,
        type: row.plugintype ?? '',
        shared,
        contentTypes: [...(row.content ?? [])].sort(),
        status: row.status ?? 'unknown',
        totalBytes: row.maxdisk,
        usedBytes: row.disk
      })
    )
  }
  const nameOf = ({ storage, node = '' }: EstateStorage) => `${storage} ${node}`
  return [...found.values()].sort((a, b) => nameOf(a).localeCompare(nameOf(b)))
}

/** Pure: tag → rrggbb from the datacenter's tag style: `tag:RRGGBB[:RRGGBB];…`. */
export function tagColorsFrom(data: unknown): Record<string, string> {
  const style = tryDecode(Options, data)?.['tag-style']
  const map = tryDecode(TagStyle, style)?.['color-map'] ?? colorMapOf(style)
  const pairs = map.split(';').flatMap((part) => {
    const match = /^\s*([^:]+):([0-9a-f]{6})(?::[0-9a-f]{6})?\s*$/i.exec(part)
    const [, tag, color] = match ?? []
    return tag === undefined || color === undefined ? [] : [[tag, color.toLowerCase()]]
  })
  return Object.fromEntries(pairs)
}

/** Releases that do not take the property string apart. */
function colorMapOf(style: unknown): string {
  return typeof style === 'string' ? (/(?:^|,)color-map=([^,]*)/.exec(style)?.[1] ?? '') : ''
}
