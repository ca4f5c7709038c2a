import {
  type Conflict,
  type CurrentItem,
  type DecisionRule,
  type Estate,
  type Fields,
  type Intent,
  type Item,
  type KindName,
  kindNames,
  kinds,
  type LedgerRow,
  netboxKey
} from '@proxbox/contracts'
import { guestOf } from '../key-of.ts'
import type { DesiredOptions } from '../options.ts'
import { bytesIn } from '../units/bytes-of.ts'
import { type Adopted, adopt } from './adopt.ts'
import { announcedIn } from './announced.ts'
import { carriesKey } from './carries-key.ts'
import { holdClashes } from './clashes.ts'
import { clustersOfNodes } from './cluster-of-node.ts'
import { type Decisions, decisionsFrom } from './conflicts.ts'
import type { Presence } from './gone.ts'
import type { Lineage } from './lineage.ts'
import { namesOf, type Resolve, refIn } from './natural.ts'
import { disputedIn } from './rekey.ts'

export interface Matched {
  readonly current: CurrentItem
  readonly origin: 'created' | 'adopted'
  /** ledger, intent, custom-field, name, address, mac, only-one, decision */
  readonly by: string
  /** What we wrote last: the base of the three-way comparison. */
  readonly base: Fields
  /** What of the base an open intent tells and the Ledger does not: to be recorded. */
  readonly announced?: Fields
  /** Fields that a person has decided to write, whatever their policy, each with its Rule. */
  readonly decided?: Readonly<Record<string, string>>
}

/** An object that goes from one Item to another (an address, a renamed port): the keys that it had and has. */
export interface MovedObject {
  readonly from: string
  readonly to: string
  readonly object: CurrentItem
}

export interface HeldItem {
  readonly item: Item
  readonly code: string
  readonly reason: string
}

/** Everything known about keys and ids while objects are recognised. */
export interface Matching {
  readonly byKey: Map<string, Matched>
  readonly held: HeldItem[]
  /** What a person must decide; each holds its own Item or field back. */
  readonly conflicts: Conflict[]
  /** Keys of Items that are left as NetBox has them: neither written nor held. */
  readonly left: Set<string>
  /** Names that are written instead of the wanted ones, by key; undefined = the name is not written. */
  readonly names: Map<string, string | undefined>
  readonly moved: MovedObject[]
  readonly decisions: Decisions
  readonly presence: Presence
  /** Key under which an object was kept until now, by the new one: it still carries the old. */
  readonly former: ReadonlyMap<string, string>
  /** NetBox key → our key, of all that is claimed. */
  readonly claimed: Map<string, string>
  readonly desiredKeys: ReadonlySet<string>
  readonly desired: ReadonlyMap<string, Item>
  readonly intents: ReadonlyMap<string, readonly Intent[]>
  readonly rows: ReadonlyMap<string, LedgerRow>
  readonly resolve: Resolve
  /** Bytes of a guest's memory or of a disk, as Proxmox tells them. */
  readonly bytesOf: (key: string) => number | undefined
  /** The cluster id of a node, as far as it is known. */
  readonly clusterOfNode: (nodeId: string) => string | undefined
  /** Does the Ledger tell of this object under several keys? */
  isDisputed(key: string): boolean
  /** Unclaimed and claimed objects under a natural name. */
  named(kind: KindName, name: string): readonly CurrentItem[]
  /** The object under a NetBox key. */
  object(key: string): CurrentItem | undefined
  /** Objects whose parent is this NetBox key. */
  childrenOf(kind: KindName, parent: string): readonly CurrentItem[]
  claim(key: string, matched: Matched): void
}

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

function emptyMatching(input: MatchInput): Matching {
  const byKey = new Map<string, Matched>()
  const claimed = new Map<string, string>()
  const resolve: Resolve = (ref) => byKey.get(ref)?.current.key ?? ref
  const indexes = new Map<KindName, Map<string, CurrentItem[]>>()
  const children = new Map<KindName, Map<string, CurrentItem[]>>()
  const objects = new Map(input.current.map((item) => [item.key, item]))
  const currentOf = Map.groupBy(input.current, (item) => item.kind)
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
    desired: new Map(input.desired.map((item) => [item.key, item])),
    intents: Map.groupBy(input.intents, (intent) => intent.key),
    rows: new Map(input.ledger.map((row) => [row.key, row])),
    object: (key) => objects.get(key),
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
    claim: (key, matched) => {
      byKey.set(key, matched)
      claimed.set(matched.current.key, key)
    }
  }
}

export interface MatchInput {
  readonly estate: Estate
  readonly desired: readonly Item[]
  readonly current: readonly CurrentItem[]
  readonly ledger: readonly LedgerRow[]
  readonly intents: readonly Intent[]
  readonly decisions: readonly DecisionRule[]
  readonly options: Pick<DesiredOptions, 'connections'>
  readonly lineage: Pick<Lineage, 'presence' | 'former' | 'conflicts'>
}

/** Rows of Items that are wanted come first: an object that two rows tell of is theirs. */
const wantedFirst = (rows: readonly LedgerRow[], keys: ReadonlySet<string>): LedgerRow[] => [
  ...rows.filter(({ key }) => keys.has(key)),
  ...rows.filter(({ key }) => !keys.has(key))
]

function matchLedger(input: MatchInput, matching: Matching): void {
  const wanted = new Map(input.desired.map((item) => [item.key, item.fields]))
  const rows = Map.groupBy(input.ledger, (row) => row.kind)
  const sorted = kindNames.flatMap((kind) =>
    wantedFirst(rows.get(kind) ?? [], matching.desiredKeys)
  )
  for (const row of sorted) {
    const object = matching.object(netboxKey(row.kind, row.netbox_id))
    if (object === undefined || matching.claimed.has(object.key)) continue
    if (!carriesKey(row, object, wanted.get(row.key) ?? {}, matching)) continue
    matching.claim(row.key, {
      current: object,
      origin: row.origin,
      by: 'ledger',
      base: row.last_written
    })
  }
}

function claimFound({ item, found }: Adopted, matching: Matching): void {
  const owner = matching.claimed.get(found.current.key)
  if (owner !== undefined && !found.moved) return
  const creates = (matching.intents.get(item.key) ?? []).filter((one) => one.action === 'create')
  const ours = creates.length > 0
  if (found.moved === true && owner !== undefined) {
    matching.moved.push({ from: owner, to: item.key, object: found.current })
    matching.byKey.delete(owner)
  }
  matching.claim(item.key, {
    current: found.current,
    origin: ours ? 'created' : (found.origin ?? 'adopted'),
    by: ours ? 'intent' : found.by,
    base: found.base ?? {},
    ...(found.decided === undefined ? {} : { decided: found.decided })
  })
}

/** Items that wait for a decision about their lineage; nothing of theirs is looked for. */
function holdUndecided(input: MatchInput, matching: Matching): void {
  const waiting = new Map(input.lineage.conflicts.map((one) => [one.key, one.detail]))
  if (waiting.size === 0) return
  for (const item of input.desired) {
    const reason = waiting.get(item.key)
    if (reason !== undefined) matching.held.push({ item, code: 'CONFLICT_OPEN', reason })
  }
}

/** Values that were announced and are in NetBox are ours, though the Ledger does not know it yet. */
function applyIntents(matching: Matching): void {
  for (const [key, intents] of matching.intents) {
    const known = matching.byKey.get(key)
    if (known === undefined) continue
    const announced = announcedIn(known, intents, matching.resolve)
    matching.byKey.set(key, { ...known, base: { ...known.base, ...announced }, announced })
  }
}

/**
 * Pure: which NetBox object is which Item: by Ledger, a person's decision, open intents, our custom fields, then adoption
 * of exactly one unclaimed candidate. Several candidates are a conflict and hold that Item. Kinds go in order, so that
 * parents are known first; what belongs to a held guest is not looked for.
 */
export function matchItems(input: MatchInput): Matching {
  const matching = emptyMatching(input)
  matchLedger(input, matching)
  holdUndecided(input, matching)
  const items = Map.groupBy(input.desired, (item) => item.kind)
  for (const kind of kindNames) {
    const held = new Set(matching.held.map(({ item }) => item.key))
    const missing = (items.get(kind) ?? []).filter(
      ({ key }) => !matching.byKey.has(key) && !held.has(key) && !held.has(guestOf(key) ?? '')
    )
    for (const one of adopt(kind, missing, matching)) claimFound(one, matching)
  }
  applyIntents(matching)
  holdClashes(input, matching, input.options.connections)
  return matching
}
