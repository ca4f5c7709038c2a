import type { Change, PlanStep } from '@proxbox/contracts'

type Entry = PlanStep['entries'][number]

interface Rename {
  readonly key: string
  readonly from: string
  readonly to: string
}

/** Pure: within which a name is unique, as far as the key tells; too wide a scope costs a step and no more. */
const scopeOf = ({ key, kind }: Change): string =>
  kind === 'vm' || kind === 'vm-interface' || kind === 'disk' || kind === 'interface'
    ? key.slice(0, kind === 'vm' ? key.indexOf('/') : key.lastIndexOf('/'))
    : ''

const nameIn = (change: Change, name: string): string =>
  `${scopeOf(change)}|${name.trim().toLowerCase()}`

function renamesIn(changes: readonly Change[]): Map<string, Rename> {
  const renames = new Map<string, Rename>()
  for (const change of changes) {
    const { name: from } = change.before
    const { name: to } = change.after
    if (typeof from !== 'string' || typeof to !== 'string') continue
    renames.set(change.key, {
      key: change.key,
      from: nameIn(change, from),
      to: nameIn(change, to)
    })
  }
  return renames
}

/**
 * Pure: keys of updates that take a name which only a delete of the same Plan gives free, and of those that take theirs.
 */
export function waitingForDeletes(
  updates: readonly Change[],
  going: readonly Change[]
): ReadonlySet<string> {
  const taken = new Set(
    going.flatMap((change) => {
      const { name } = change.before
      return typeof name === 'string' ? [nameIn(change, name)] : []
    })
  )
  const waiting = new Set<string>()
  let open = [...renamesIn(updates).values()]
  while (open.length > 0) {
    const late = open.filter(({ to }) => taken.has(to))
    if (late.length === 0) return waiting
    for (const { key, from } of late) {
      waiting.add(key)
      taken.add(from)
    }
    open = open.filter(({ key }) => !waiting.has(key))
  }
  return waiting
}

const interim = ({ kind, netbox_id }: Change): string => `proxbox-rename-${kind}-${netbox_id}`

/**
 * Pure: updates of one kind in groups to send one after the other, so that a name is free before another object takes
 * it. Where names go round in a circle, one object takes an intermediate name first (NetBox checks object by object).
 */
export function renameSteps(changes: readonly Change[], entries: readonly Entry[]): Entry[][] {
  const byKey = new Map(changes.map((change) => [change.key, change]))
  const renames = renamesIn(changes)
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
    const name = interim(change)
    stepped.set(change.key, name)
    release(held, renames.get(change.key))
    // All that it changes goes with the intermediate name: what has moved since is left out as a whole.
    steps.push([{ ...first, values: { name } }])
  }
  return steps
}

/** What had an intermediate name gets its own; all else of it was sent before. */
const withBefore = (entry: Entry, name: string | undefined): Entry =>
  name === undefined ? entry : { key: entry.key, fields: ['name'], before: { name } }

function release(held: Map<string, string>, rename: Rename | undefined): void {
  if (rename !== undefined && held.get(rename.from) === rename.key) held.delete(rename.from)
}
