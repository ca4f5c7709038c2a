import type { Change, HeldChange } from '@proxbox/contracts'
import { clusterOf } from '../key-of.ts'
import type { Guarded } from './guard.ts'

/** Pure: a guest's name within its cluster, without regard to case; undefined where there is none. */
const nameIn = ({ key, kind }: Change, name: unknown): string | undefined =>
  kind === 'vm' && typeof name === 'string'
    ? `${clusterOf(key)}|${name.trim().toLowerCase()}`
    : undefined

/** Pure: a name that a held Change would have given free is not given to another guest: that one waits as well. */
export function waitForNames(changes: readonly Change[], planned: readonly Change[]): Guarded {
  const given = new Set(
    changes
      .filter(({ after }) => 'name' in after)
      .map((change) => nameIn(change, change.before.name))
  )
  const waiting = new Set(
    planned
      .filter(({ action, after }) => action === 'update' && 'name' in after)
      .map((change) => nameIn(change, change.before.name))
      .filter((name) => name !== undefined && !given.has(name))
  )
  if (waiting.size === 0) return { kept: changes, held: [] }
  const kept: Change[] = []
  const held: HeldChange[] = []
  for (const change of changes) {
    const name = nameIn(change, change.after.name)
    if (name === undefined || !waiting.has(name)) {
      kept.push(change)
      continue
    }
    const reason = 'Another object has this name until a held Change is written.'
    const { name: wanted, ...after } = change.after
    const isPart = change.action === 'update' && Object.keys(after).length > 0
    const waits = isPart ? { ...change, after: { name: wanted ?? null } } : change
    held.push({ change: waits, guard: 'references', code: 'ITEM_HELD', reason })
    if (isPart) kept.push({ ...change, after })
  }
  return { kept, held }
}
