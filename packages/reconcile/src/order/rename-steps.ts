import type { Change, PlanStep } from '@proxbox/contracts'
import { interimName } from './interim-name.ts'
import { nameIn } from './name-in.ts'

type Entry = PlanStep['entries'][number]

interface Rename {
  readonly key: string
  readonly from: string
  readonly to: string
}

function renamesIn(
  entries: readonly Entry[],
  byKey: ReadonlyMap<string, Change>
): ReadonlyMap<string, Rename> {
  const renames = new Map<string, Rename>()
  for (const { key, values } of entries) {
    const change = byKey.get(key)
    if (change === undefined) continue
    const from = nameIn(change, change.before.name)
    const to = nameIn(change, values?.name ?? change.after.name)
    if (from !== undefined && to !== undefined) renames.set(key, { key, from, to })
  }
  return renames
}

/**
 * Pure: updates of one kind in groups to send one after the other, so that a name is free before another object takes
 * it. Where names go round in a circle, one object takes an intermediate name first (NetBox checks object by object).
 */
export function renameSteps(changes: readonly Change[], entries: readonly Entry[]): Entry[][] {
  const byKey = new Map(changes.map((change) => [change.key, change]))
  const renames = renamesIn(entries, byKey)
  const held = new Map([...renames.values()].map((one) => [one.from, one.key]))
  const steps: Entry[][] = []
  let open = entries
  const stepped = new Map<string, string>()
  while (open.length > 0) {
    const isFree = ({ key }: Entry) => {
      const rename = renames.get(key)
      const owner = rename === undefined ? undefined : held.get(rename.to)
      return owner === undefined || owner === key
    }
    const ready = open.filter(isFree)
    if (ready.length > 0) {
      steps.push(ready.map((entry) => withBefore(entry, stepped.get(entry.key))))
      open = open.filter((entry) => !isFree(entry))
      for (const { key } of ready) release(held, renames.get(key))
      continue
    }
    const [first] = open
    const change = byKey.get(first?.key ?? '')
    if (first === undefined || change === undefined || stepped.has(change.key))
      return [...steps, [...open]]
    const name = interimName(change.kind, change.netbox_id)
    stepped.set(change.key, name)
    release(held, renames.get(change.key))
    // All that it changes goes with the intermediate name: what has moved since is left out as a whole.
    steps.push([{ ...first, values: { ...first.values, name } }])
  }
  return steps
}

/** What had an intermediate name gets its own; all else of it was sent before. */
const withBefore = (entry: Entry, name: string | undefined): Entry =>
  name === undefined ? entry : { key: entry.key, fields: ['name'], before: { name } }

function release(held: Map<string, string>, rename: Rename | undefined): void {
  if (rename !== undefined && held.get(rename.from) === rename.key) held.delete(rename.from)
}
