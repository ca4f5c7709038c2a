import { type FieldValue, type Item, isRef, type Policy } from '@proxbox/contracts'
import { canonical } from '../canonical.ts'
import { proxboxTag } from '../desired/tags.ts'
import { tagKey } from '../key-of.ts'
import type { DiffContext } from './context.ts'

/** A set that several writers share, on all sides. */
export interface SharedSet {
  readonly item: Item
  readonly field: string
  readonly policy: Policy
  readonly now: FieldValue | undefined
  readonly base: FieldValue | undefined
  /** Elements of ours that a person took away before: the Ledger has them as kept. */
  readonly left: FieldValue | undefined
}

export interface MergedSet {
  /** The whole set, when it must be sent; and what NetBox has, each element under the same key as there. */
  readonly write?: readonly FieldValue[]
  readonly before?: readonly FieldValue[]
  /** What the Ledger should have of it, when nothing is sent. */
  readonly learn?: readonly FieldValue[]
  /** Elements that Proxmox asks for and that a person took away. */
  readonly missing: readonly FieldValue[]
}

const listOf = (value: FieldValue | undefined): readonly FieldValue[] =>
  Array.isArray(value) ? value : []
const inOrder = (all: readonly FieldValue[]): readonly FieldValue[] =>
  all
    .map((one) => [JSON.stringify(one), one] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, one]) => one)

/** Pure: an element that we put there has our key in the Ledger; what was a person's has NetBox's. Texts have none. */
const isOurs = (one: FieldValue): boolean => isRef(one) && !one.ref.startsWith('netbox:')

/** Pure: tags that nobody but us has a reason to put on an object. */
function isOurTag(one: FieldValue, identity: string): boolean {
  const own = [proxboxTag, 'proxbox-stale', identity]
  return isRef(one) && own.some((slug) => one.ref === tagKey(slug))
}

/**
 * Pure: element by element. Ours are added unless a person took them away (a policy other than merge puts them back),
 * those that we added and no longer want go, all others stay and keep NetBox's key, so that the Ledger does not take
 * them for ours. Lists of texts only grow, because they do not tell whose an element is.
 */
export function mergeSet(set: SharedSet, { resolve, options }: DiffContext): MergedSet {
  const { item, field } = set
  const name = (one: FieldValue) => canonical(item.kind, field, one, resolve)
  const byName = (all: readonly FieldValue[]) => new Map(all.map((one) => [name(one), one]))
  const wanted = byName(listOf(item.fields[field]))
  const now = byName(listOf(set.now))
  const written = byName(listOf(set.base))
  const ours = new Map([...written].filter(([, one]) => isOurs(one)))
  const left = set.policy === 'merge' ? byName(listOf(set.left)) : new Map<string, FieldValue>()
  const isTakenAway = (one: string) => set.policy === 'merge' && (written.has(one) || left.has(one))
  const absent = [...wanted].filter(([one]) => !now.has(one))
  const added = absent.filter(([one]) => !isTakenAway(one))
  const missing = absent.filter(([one]) => isTakenAway(one)).map(([, one]) => one)
  const stays = [...now].filter(([one]) => wanted.has(one) || !ours.has(one))
  // Whose an element is that was there already: ours by the Ledger or by its nature, else whoever's it was.
  const owned = ([key, one]: readonly [string, FieldValue]): FieldValue => {
    const want = wanted.get(key)
    const isByNature = want !== undefined && isOurTag(want, options.identityTag.slug)
    return isByNature ? want : (written.get(key) ?? one)
  }
  if (added.length > 0 || stays.length < now.size) {
    const write = inOrder([...stays.map(owned), ...added.map(([, one]) => one)])
    return { write, before: inOrder([...now].map(owned)), missing }
  }
  const known = [...written].filter(([one]) => now.has(one) || wanted.has(one))
  const learned = [...now].filter(([one]) => wanted.has(one) && !written.has(one)).map(owned)
  if (learned.length === 0 && known.length === written.size) return { missing }
  return { learn: inOrder([...known.map(([, one]) => one), ...learned]), missing }
}
