import { type Change, type CurrentItem, type HeldChange, kinds } from '@proxbox/contracts'
import { splitChange } from '../diff/split-change.ts'
import type { Matching } from '../identity/match.ts'
import { refIn } from '../identity/natural.ts'
import type { Guarded } from './guard.ts'

type Known = Pick<Matching, 'childrenOf' | 'claimed' | 'object' | 'resolve'>

const isNamed = ({ kind, after }: Change): boolean =>
  (kind === 'vm-interface' || kind === 'interface') && typeof after.name === 'string'

/** Pure: the interfaces that NetBox has beside this one. */
function besides({ key, kind, after, netbox_id }: Change, matching: Known): CurrentItem[] {
  const parent = kinds[kind].parent ?? ''
  const own = netbox_id === null ? undefined : matching.object(`netbox:${kind}/${netbox_id}`)
  const holder = refIn(own?.fields ?? after, parent, matching.resolve)
  return matching
    .childrenOf(kind, holder)
    .filter((one) => one.netbox_id !== netbox_id && matching.claimed.get(one.key) !== key)
}

/** Pure: does something beside it keep this name? What is deleted or renamed by the same Plan gives it free. */
function takenIn(changes: readonly Change[], staying: ReadonlySet<string>, matching: Known) {
  const byKey = new Map(changes.map((change) => [change.key, change]))
  const givesFree = (one: CurrentItem): boolean => {
    const change = byKey.get(matching.claimed.get(one.key) ?? '')
    if (change === undefined || staying.has(change.key)) return false
    const name = change.after.name ?? one.fields.name
    return change.action === 'delete' || name !== one.fields.name
  }
  return (change: Change, name: unknown): boolean =>
    besides(change, matching).some((one) => one.fields.name === name && !givesFree(one))
}

/**
 * Pure: NetBox takes a name once among the interfaces of a guest or node. One that is kept while it is missing, or that is a
 * person's, keeps its own: a known interface gets all but that name, a new one the name of its slot, until it is free.
 */
export function freeNames(changes: readonly Change[], matching: Known): Guarded {
  const named = changes.filter(isNamed)
  if (named.length === 0) return { kept: changes, held: [] }
  const staying = new Set<string>()
  const isTaken = takenIn(changes, staying, matching)
  // Who keeps its name takes that of another one away: each round finds one more, or ends it.
  for (let found = true; found; ) {
    const next = named.filter(
      (change) =>
        change.action === 'update' && !staying.has(change.key) && isTaken(change, change.after.name)
    )
    for (const { key } of next) staying.add(key)
    found = next.length > 0
  }
  const held: HeldChange[] = []
  const kept = changes.flatMap((change): Change[] => {
    if (staying.has(change.key)) {
      const { part, rest } = splitChange(change, 'name')
      const reason = `The name "${String(part.after.name)}" is that of another interface there, which keeps it.`
      held.push({ change: part, guard: 'free-names', code: 'NAME_TAKEN', reason })
      return rest === undefined ? [] : [rest]
    }
    if (change.action !== 'create' || !isNamed(change)) return [change]
    const slot = change.key.slice(change.key.lastIndexOf('/') + 1)
    const isOther = isTaken(change, change.after.name) && !isTaken(change, slot)
    return [isOther ? { ...change, after: { ...change.after, name: slot } } : change]
  })
  return { kept, held }
}
