import type { Guest, Storage } from '@proxbox/contracts'
import { guestStatuses } from '@proxbox/contracts'
import type { Static, StaticDecode } from 'typebox'
import { tagsFrom } from './config/tags.ts'
import { defined } from './defined.ts'
import { decode, decodeRows, NonsenseError, tryDecode } from './wire/decode.ts'
import {
  AnyRow,
  ClusterRow,
  GuestRow,
  MemberRow,
  NodeRow,
  Options,
  StorageConfigRow,
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
  /** Rows that could not be read, or members that are counted and not named. */
  readonly unnamed: number
}

/**
 * Pure: /cluster/status. A stand-alone node has no cluster row, is number 0 and gives its own name (PVE::API2::Cluster).
 *
 * @throws NonsenseError when it does not tell which cluster this is
 */
export function membershipFrom(data: unknown): Membership {
  const { rows } = decodeRows(AnyRow, data, 'the cluster status')
  const wholes = Array.isArray(data) ? data : []
  const cluster = wholes.map((row) => tryDecode(ClusterRow, row)).find((row) => row !== undefined)
  const memberRows = wholes
    .map((row) => tryDecode(MemberRow, row))
    .filter((row) => row !== undefined)
  const members = memberRows
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
  const broken = wholes.length - members.length
  if (cluster === undefined) {
    const isAlone = broken === 0 && members.length === 1 && (memberRows[0]?.nodeid ?? 0) === 0
    if (!isAlone) throw new NonsenseError('the cluster status does not name the cluster')
    return { name: only.name, mode: 'standalone', quorate: true, members, unnamed: 0 }
  }
  const unnamed = Math.max(broken - 1, (cluster.nodes ?? members.length) - members.length, 0)
  const quorate = cluster.quorate === true
  return { name: cluster.name, mode: 'cluster', quorate, members, unnamed }
}

export interface Resources {
  readonly guests: readonly EstateGuest[]
  /** Names of the nodes, which are listed whatever the caller may see. */
  readonly nodes: readonly string[]
  readonly storageRows: readonly StaticDecode<typeof StorageRow>[]
  /** Rows of guests, or of nobody knows what, that could not be read: the list is not whole. */
  readonly brokenGuests: number
  readonly brokenStorages: number
}

/** Pure: /cluster/resources without a filter. @throws NonsenseError when it is no list */
export function resourcesFrom(data: unknown): Resources {
  if (!Array.isArray(data)) throw new NonsenseError('the resources are no list')
  const rows: unknown[] = data
  const ofType = (types: readonly string[]) =>
    rows.filter((row) => types.includes(tryDecode(AnyRow, row)?.type ?? ''))
  const guests = decodeRows(GuestRow, ofType(['qemu', 'lxc']), 'the guests')
  const untyped = rows.filter((row) => tryDecode(AnyRow, row) === undefined).length
  const vmids = new Set(guests.rows.map(({ vmid }) => vmid))
  const nodes = decodeRows(NodeRow, ofType(['node']), 'the nodes')
  const storages = decodeRows(StorageRow, ofType(['storage']), 'the storages')
  return {
    guests: guests.rows.map(guestFrom).sort((a, b) => a.vmid - b.vmid),
    nodes: nodes.rows.map((row) => row.node),
    storageRows: storages.rows,
    brokenGuests: guests.broken + untyped + (guests.rows.length - vmids.size),
    brokenStorages: storages.broken + untyped
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
    // Both ride on no statistics: who has none is in none.
    pool: row.pool ?? '',
    haState: row.hastate ?? '',
    lock: row.lock
  })
}

/** A storage as it is configured, and where: what the resources must list, each on each of its nodes. */
export type StorageConfig = StaticDecode<typeof StorageConfigRow>

/** Pure: /storage. @throws NonsenseError when it is no list, or a row has no usable form */
export function storageConfigsFrom(data: unknown): readonly StorageConfig[] {
  const { rows, broken } = decodeRows(StorageConfigRow, data, 'the list of storages')
  if (broken > 0) throw new NonsenseError(`${broken} storages have no usable form`)
  return rows
}

/**
 * Pure: how many rows of storages the resources lack. Both lists are filtered alike, so that one that is cut shows it
 * here, whatever it was that it lost. Nodes that are off are not counted: their statistics are not either.
 */
export function missingStorageRows(
  configs: readonly StorageConfig[],
  { storageRows }: Pick<Resources, 'storageRows'>,
  members: readonly Member[]
): number {
  const listed = new Set(storageRows.map(({ storage, node }) => `${storage} ${node}`))
  const wanted = configs
    .filter(({ disable }) => disable !== true)
    .flatMap(({ storage, nodes = [] }) =>
      members
        .filter(({ name, online }) => online && (nodes.length === 0 || nodes.includes(name)))
        .map(({ name }) => `${storage} ${name}`)
    )
  return wanted.filter((row) => !listed.has(row)).length
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

/** Pure: tag → rrggbb from the datacenter's tag style: `tag:RRGGBB[:RRGGBB];…`. @throws NonsenseError */
export function tagColorsFrom(data: unknown): Record<string, string> {
  const style = decode(Options, data, 'the options of the datacenter')['tag-style']
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
