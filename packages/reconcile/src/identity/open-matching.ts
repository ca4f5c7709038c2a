import { type CurrentItem, isPart, type KindName, kinds, ownName } from '@proxbox/contracts'
import { fullLabels, knownAs } from '../full-label.ts'
import { bytesIn } from '../units/bytes-of.ts'
import { clustersOfNodes } from './cluster-of-node.ts'
import { decisionsFrom } from './conflicts.ts'
import type { Matched, MatchInput, Matching } from './matching.ts'
import { namesOf, type Resolve, refIn } from './natural.ts'
import { disputedIn } from './rekey.ts'

function indexNames(kind: KindName, items: readonly CurrentItem[]): Map<string, CurrentItem[]> {
  const index = new Map<string, CurrentItem[]>()
  for (const item of items) {
    for (const name of namesOf(kind, item.fields, (ref) => ref)) {
      const list = index.get(name)
      if (list === undefined) index.set(name, [item])
      else list.push(item)
    }
  }
  return index
}

/** Pure: the facts with their indexes, and nothing recognised yet. */
export function openMatching(input: MatchInput): Matching {
  const byKey = new Map<string, Matched>()
  const claimed = new Map<string, string>()
  const resolve: Resolve = (ref) => byKey.get(ref)?.current.key ?? ref
  const indexes = new Map<KindName, Map<string, CurrentItem[]>>()
  const children = new Map<KindName, Map<string, CurrentItem[]>>()
  const objects = new Map(input.current.map((item) => [item.key, item]))
  const currentOf = Map.groupBy(input.current, (item) => item.kind)
  const object = (key: string) => objects.get(key)
  const desired = new Map(input.desired.map((item) => [item.key, item]))
  const rows = new Map(input.ledger.map((row) => [row.key, row]))
  const full = fullLabels({ byKey, claimed, object, desired })
  const disputed = disputedIn(input.ledger)
  let bytes: ReadonlyMap<string, number> | undefined
  const index = (kind: KindName) => {
    const known = indexes.get(kind) ?? indexNames(kind, currentOf.get(kind) ?? [])
    indexes.set(kind, known)
    return known
  }
  return {
    byKey,
    claimed,
    held: [],
    conflicts: [...input.lineage.conflicts],
    left: new Set(),
    names: new Map(),
    moved: [],
    decisions: decisionsFrom(input.decisions),
    presence: input.lineage.presence,
    former: input.lineage.former,
    resolve,
    bytesOf: (key) => {
      bytes ??= bytesIn(input.estate)
      return bytes.get(key)
    },
    clusterOfNode: clustersOfNodes(input.estate, input.ledger),
    desiredKeys: new Set(input.desired.map((item) => item.key)),
    desired,
    intents: Map.groupBy(input.intents, (intent) => intent.key),
    rows,
    object,
    isDisputed: (key) => disputed.has(key),
    named: (kind, name) => index(kind).get(name) ?? [],
    childrenOf: (kind, parent) => {
      const field = kinds[kind].parent ?? ''
      const known =
        children.get(kind) ??
        Map.groupBy(currentOf.get(kind) ?? [], (item) => refIn(item.fields, field, (ref) => ref))
      children.set(kind, known)
      return known.get(parent) ?? []
    },
    called: ({ key, kind, label, fields }) => {
      if (!isPart(kind)) return label
      const row = rows.get(claimed.get(key) ?? '')
      const own = ownName(fields) ?? label
      return full(key, own) ?? (row === undefined ? own : knownAs(row, { label, fields }))
    },
    claim: (key, matched) => {
      byKey.set(key, matched)
      claimed.set(matched.current.key, key)
    }
  }
}
