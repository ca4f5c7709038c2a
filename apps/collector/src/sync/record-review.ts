import { type Conflict, type Gap, type SyncType, syncTypes } from '@proxbox/contracts'
import { type NetBox, readLastEditor } from '@proxbox/netbox'
import type { StreamQuery } from '../backend/query.ts'
import type { Sides } from './read-sides.ts'
import type { SyncParts } from './run-parts.ts'

/** Sync types without which a Run does not compare everything that can be in conflict. */
const comparing: readonly SyncType[] = ['virtual-machines', 'vm-disks', 'network-interfaces']

/** Pure: does this Run look at everything? Only then is what it does not name gone. */
const isWhole = (types: readonly SyncType[], query: StreamQuery): boolean =>
  comparing.every((type) => types.includes(type)) &&
  query.netboxVmIds.length === 0 &&
  query.proxmoxEndpointIds.length === 0

const mostEditors = 20

/** Conflicts about another writer name who changed the object last, as far as NetBox's changelog tells. */
export async function withEditors(
  conflicts: readonly Conflict[],
  netbox: NetBox,
  signal: AbortSignal
): Promise<Conflict[]> {
  const named = conflicts.filter(({ code }) => code === 'drift-in-a-row').slice(0, mostEditors)
  const editors = new Map<Conflict, string>()
  for (const conflict of named) {
    if (conflict.netbox_id === null) continue
    const about = { kind: conflict.kind, id: conflict.netbox_id }
    const editor = await readLastEditor(netbox, about, signal)
    if (editor !== undefined)
      editors.set(conflict, ` Last changed in NetBox by ${editor.user} at ${editor.at}.`)
  }
  return conflicts.map((one) => ({ ...one, detail: `${one.detail}${editors.get(one) ?? ''}` }))
}

/** Stores conflicts; those that a whole Run no longer finds are gone, unless a gap may hide them. */
export async function recordConflicts(
  conflicts: readonly Conflict[],
  isReadWhole: boolean,
  { facts, types, query }: Pick<Sides, 'facts'> & Pick<SyncParts, 'types' | 'query'>
): Promise<void> {
  const last = isReadWhole && isWhole(types, query)
  if (last || conflicts.length > 0) await facts.recordConflicts(conflicts, last)
}

/** Stores gaps. A Run of all types closes those of its clusters and Endpoints that it no longer finds. @returns `gapKey` of the acknowledged */
export async function recordGaps(
  gaps: readonly Gap[],
  { facts, proxmox }: { facts: Pick<Sides['facts'], 'recordGaps'>; proxmox: Sides['proxmox'] },
  { types }: Pick<SyncParts, 'types'>
): Promise<ReadonlySet<string>> {
  const isAll = syncTypes.every((type) => types.includes(type))
  const read = proxmox.estate.clusters.map(({ clusterId }) => clusterId)
  const clusters = isAll ? [...read, ...proxmox.answered] : []
  if (!isAll && gaps.length === 0) return new Set()
  return new Set(await facts.recordGaps(gaps, clusters))
}
