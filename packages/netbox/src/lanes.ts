import { isRef, type KindName, kinds } from '@proxbox/contracts'
import type { WriteBatch, WriteEntry } from './write-types.ts'

// Large tables whose writes lock nothing but their row or parent. All other kinds are few, are trees under one lock, or
// touch other rows (a cluster rewrites its guests, a device its type's counters), so they take one lane.
const wide: ReadonlySet<KindName> = new Set([
  'interface',
  'vm',
  'vm-interface',
  'mac-address',
  'disk'
])

/** Pure: whether writes of this kind may run side by side. */
export function isWide(batch: WriteBatch): boolean {
  if (!wide.has(batch.kind)) return false
  const { parent } = kinds[batch.kind]
  // Without the parents nobody knows which rows two lanes would share.
  return parent === undefined || batch.entries.every(({ fields }) => isRef(fields[parent]))
}

/**
 * Pure: entries in groups that one lane must write one after the other, because they lock the same parent (counters,
 * sums of disks): two lanes in different order would deadlock. In order of parents.
 */
export function groupsFrom(batch: WriteBatch): WriteEntry[][] {
  const { parent } = kinds[batch.kind]
  if (parent === undefined) return batch.entries.map((entry) => [entry])
  const groups = new Map<string, WriteEntry[]>()
  for (const entry of batch.entries) {
    const value = entry.fields[parent]
    const name = isRef(value) ? value.ref : ''
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [entry])
    else group.push(entry)
  }
  return [...groups.values()]
}

/** The next whole groups, about `size` entries; at least one group. */
export function takeGroups(groups: WriteEntry[][], size: number): WriteEntry[] {
  const taken: WriteEntry[] = []
  while (groups.length > 0) {
    const next = groups[0] ?? []
    if (taken.length > 0 && taken.length + next.length > size) break
    groups.shift()
    for (const entry of next) taken.push(entry)
  }
  return taken
}
