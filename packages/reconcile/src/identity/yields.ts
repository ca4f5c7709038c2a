import {
  type Change,
  type CurrentItem,
  type Item,
  type LedgerRow,
  netboxKey
} from '@proxbox/contracts'
import { uniqueBeside } from '../desired/names.ts'
import { clusterOf, guestOf } from '../key-of.ts'
import { goneRows, vmidOf } from './gone.ts'
import type { Matching } from './matching.ts'
import { refIn, textOf } from './natural.ts'

interface Facts {
  readonly items: readonly Item[]
  readonly current: readonly CurrentItem[]
  readonly ledger: readonly LedgerRow[]
  /** Guests that are gone and whose names nobody chose in NetBox. */
  readonly yielding: ReadonlySet<string>
  /** Guests whose names a person chose in NetBox: they take no other. */
  readonly edited: ReadonlySet<string>
}

const nameLimit = 64

const update = (
  object: CurrentItem,
  { key, origin }: Pick<LedgerRow, 'key' | 'origin'>,
  fields: { before: Change['before']; after: Change['after']; reason: string }
): Change => ({
  key,
  kind: object.kind,
  action: 'update',
  netbox_id: object.netbox_id,
  before: fields.before,
  after: fields.after,
  why: Object.fromEntries(
    Object.keys(fields.after).map((field) => [field, { policy: 'merge', reason: fields.reason }])
  ),
  label: object.label,
  origin
})

/** Pure: names of all objects of a NetBox cluster, and those that its guests get now. */
function namesTaken({ items, current }: Facts, matching: Matching): ReadonlySet<string> {
  const all = [...current, ...items].filter(({ kind }) => kind === 'vm')
  return new Set(
    all.map(
      ({ fields }) => `${refIn(fields, 'cluster', matching.resolve)}|${textOf(fields, 'name')}`
    )
  )
}

/** Pure: has it that name already, as another tenant's may? */
const hasName = ({ key, fields }: Item, { byKey }: Matching): boolean =>
  textOf(byKey.get(key)?.current.fields ?? {}, 'name') === textOf(fields, 'name')

/** Pure: guests that are gone and stand in the way of a living one's name get their vmid behind it. */
function renamedStale(facts: Facts, matching: Matching): readonly Change[] {
  const held = new Set(matching.held.map(({ item }) => item.key))
  const wanted = new Map(
    facts.items
      .filter(({ kind, key }) => kind === 'vm' && !held.has(key) && !facts.edited.has(key))
      .filter((item) => !hasName(item, matching))
      .map((item) => [`${clusterOf(item.key)}|${textOf(item.fields, 'name')}`, item.key])
  )
  const rows = goneRows(facts.ledger, 'vm', matching.presence).filter(({ key }) =>
    facts.yielding.has(key)
  )
  if (rows.length === 0) return []
  const taken = namesTaken(facts, matching)
  return rows.flatMap((row): Change[] => {
    const object = matching.byKey.get(row.key)?.current
    const name = object?.fields.name
    const heir = wanted.get(`${clusterOf(row.key)}|${String(name).trim().toLowerCase()}`)
    if (object === undefined || typeof name !== 'string' || heir === undefined) return []
    const at = refIn(object.fields, 'cluster', matching.resolve)
    const isTaken = (one: string) => taken.has(`${at}|${one.toLowerCase()}`)
    const other = uniqueBeside({ name, suffix: ` (${vmidOf(row.key)})`, limit: nameLimit }, isTaken)
    const reason = `guest ${vmidOf(heir)} has this name now`
    return [update(object, row, { before: { name }, after: { name: other }, reason })]
  })
}

/**
 * Pure: an address that a living guest has now is no longer the primary one of the guest that is gone. Told by who has it,
 * not by who gets it: a Run that ended in between has left it half done.
 */
function withoutPrimary(facts: Facts, matching: Matching): readonly Change[] {
  return goneRows(facts.ledger, 'vm', matching.presence).flatMap((row): Change[] => {
    const object = matching.byKey.get(row.key)?.current
    if (object === undefined) return []
    const isGiven = (field: string): boolean => {
      const owner = matching.claimed.get(refIn(object.fields, field, (ref) => ref))
      return owner !== undefined && guestOf(owner) !== row.key && matching.desiredKeys.has(owner)
    }
    const lost = ['primary_ip4', 'primary_ip6'].filter(isGiven)
    if (lost.length === 0) return []
    const ours = (ref: string) => matching.claimed.get(ref) ?? ref
    const before = Object.fromEntries(
      lost.map((field) => [field, { ref: refIn(object.fields, field, ours) }])
    )
    const after = Object.fromEntries(lost.map((field) => [field, null]))
    return [update(object, row, { before, after, reason: 'a living guest has this address now' })]
  })
}

/** Pure: what Items that are gone yield to living ones: their names, and addresses that we made. */
export const yields = (facts: Facts, matching: Matching): readonly Change[] => [
  ...renamedStale(facts, matching),
  ...withoutPrimary(facts, matching)
]

/** Pure: guests that are gone from a whole list and have the names that we know: they give them to living ones. */
export const yieldingIn = (
  ledger: readonly LedgerRow[],
  current: readonly CurrentItem[],
  { presence, edited }: { presence: Matching['presence']; edited: ReadonlySet<string> }
): ReadonlySet<string> => {
  const objects = new Set(current.filter(({ kind }) => kind === 'vm').map(({ key }) => key))
  return new Set(
    goneRows(ledger, 'vm', presence)
      .filter((row) => objects.has(netboxKey('vm', row.netbox_id)) && !edited.has(row.key))
      .map(({ key }) => key)
  )
}
