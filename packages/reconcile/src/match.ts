import {
  type CurrentItem,
  type Fields,
  type Intent,
  type Item,
  isRef,
  type KindName,
  kindNames,
  kinds,
  type LedgerRow,
  netboxKey
} from '@proxbox/contracts'
import { type Adopted, adopt } from './adopt.ts'
import { hostOf } from './canonical.ts'
import { namesOf, type Resolve, refIn, textOf } from './natural.ts'

export interface Matched {
  readonly current: CurrentItem
  readonly origin: 'created' | 'adopted'
  /** ledger, intent, custom-field, name, address, mac, only-one */
  readonly by: string
  /** What we wrote last: the base of the three-way comparison. */
  readonly base: Fields
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
  /** NetBox key → our key, of all that is claimed. */
  readonly claimed: Map<string, string>
  readonly desiredKeys: ReadonlySet<string>
  readonly intents: ReadonlyMap<string, readonly Intent[]>
  readonly rows: ReadonlyMap<string, LedgerRow>
  readonly resolve: Resolve
  /** Unclaimed and claimed objects under a natural name. */
  named(kind: KindName, name: string): readonly CurrentItem[]
  /** Objects whose parent is this NetBox key. */
  childrenOf(kind: KindName, parent: string): readonly CurrentItem[]
  claim(key: string, matched: Matched): void
}

const same = (a: string, b: string) => a === '' || b === '' || a === b

/** Pure: does the object under the Ledger's id still carry our key? A restored NetBox gives ids again. */
function carriesKey(
  row: LedgerRow,
  current: CurrentItem,
  wanted: Fields,
  resolve: Resolve
): boolean {
  const ours = { ...wanted, ...row.last_written }
  const equal = (field: string) =>
    [row.last_written, wanted].some(
      (fields) =>
        textOf(fields, field) !== '' && textOf(fields, field) === textOf(current.fields, field)
    )
  const parent = kinds[row.kind].parent
  switch (row.kind) {
    case 'vm': {
      const vmid = textOf(current.fields, 'cf.proxmox_vm_id')
      if (vmid !== '') return row.key.endsWith(`/${vmid}`)
      const cluster = refIn(current.fields, 'cluster', resolve)
      return equal('name') && same(cluster, refIn(ours, 'cluster', resolve))
    }
    case 'device':
      return equal('name') || equal('cf.proxmox_node')
    case 'cluster':
      return equal('name') || equal('cf.proxmox_cluster')
    case 'mac-address':
      return row.key.toLowerCase().endsWith(textOf(current.fields, 'mac_address'))
    case 'ip-address':
      return row.key.endsWith(`/${hostOf(textOf(current.fields, 'address'))}`)
    default:
      if (parent !== undefined) {
        return same(refIn(ours, parent, resolve), refIn(current.fields, parent, resolve))
      }
      return ['slug', 'name', 'model', 'vid'].some(equal)
  }
}

/** Pure: the Ledger's base, with those announced values that NetBox already holds: they were ours. */
function baseOf(
  row: LedgerRow | undefined,
  intents: readonly Intent[],
  current: CurrentItem
): Fields {
  const base = { ...row?.last_written }
  for (const intent of intents) {
    for (const [field, value] of Object.entries(intent.values)) {
      if (isRef(value) || Array.isArray(value)) continue
      if (String(value ?? '') === String(current.fields[field] ?? '')) base[field] = value
    }
  }
  return base
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
  const currentOf = Map.groupBy(input.current, (item) => item.kind)
  const index = (kind: KindName) => {
    const known = indexes.get(kind) ?? indexNames(kind, currentOf.get(kind) ?? [])
    indexes.set(kind, known)
    return known
  }
  return {
    byKey,
    claimed,
    held: [],
    resolve,
    desiredKeys: new Set(input.desired.map((item) => item.key)),
    intents: Map.groupBy(input.intents, (intent) => intent.key),
    rows: new Map(input.ledger.map((row) => [row.key, row])),
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
  readonly desired: readonly Item[]
  readonly current: readonly CurrentItem[]
  readonly ledger: readonly LedgerRow[]
  readonly intents: readonly Intent[]
}

function matchLedger(input: MatchInput, matching: Matching): void {
  const current = new Map(input.current.map((item) => [item.key, item]))
  const wanted = new Map(input.desired.map((item) => [item.key, item.fields]))
  const rows = Map.groupBy(input.ledger, (row) => row.kind)
  for (const row of kindNames.flatMap((kind) => rows.get(kind) ?? [])) {
    const object = current.get(netboxKey(row.kind, row.netbox_id))
    if (object === undefined || matching.claimed.has(object.key)) continue
    if (!carriesKey(row, object, wanted.get(row.key) ?? {}, matching.resolve)) continue
    const base = baseOf(row, matching.intents.get(row.key) ?? [], object)
    matching.claim(row.key, { current: object, origin: row.origin, by: 'ledger', base })
  }
}

function claimFound({ item, found }: Adopted, matching: Matching): void {
  if (matching.claimed.has(found.current.key) && !found.moved) return
  const creates = (matching.intents.get(item.key) ?? []).filter((one) => one.action === 'create')
  const ours = creates.length > 0
  matching.claim(item.key, {
    current: found.current,
    origin: ours ? 'created' : (found.origin ?? 'adopted'),
    by: ours ? 'intent' : found.by,
    base: ours ? baseOf(undefined, creates, found.current) : {}
  })
}

/**
 * Pure: which NetBox object is which Item: by Ledger, open intents, our custom fields, then adoption of exactly one
 * unclaimed candidate. Several candidates hold that Item. Kinds go in order, so that parents are known first.
 */
export function matchItems(input: MatchInput): Matching {
  const matching = emptyMatching(input)
  matchLedger(input, matching)
  const items = Map.groupBy(input.desired, (item) => item.kind)
  for (const kind of kindNames) {
    const missing = (items.get(kind) ?? []).filter((item) => !matching.byKey.has(item.key))
    for (const one of adopt(kind, missing, matching)) claimFound(one, matching)
  }
  return matching
}
