import type {
  Conflict,
  CurrentItem,
  DecisionRule,
  Estate,
  Fields,
  Intent,
  Item,
  KindName,
  LedgerRow
} from '@proxbox/contracts'
import type { DesiredOptions } from '../options.ts'
import type { Decisions } from './conflicts.ts'
import type { Presence } from './gone.ts'
import type { Lineage } from './lineage.ts'
import type { Resolve } from './natural.ts'

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
  /** What people call an object: a part with what it is a part of. */
  called(object: CurrentItem): string
  claim(key: string, matched: Matched): void
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
