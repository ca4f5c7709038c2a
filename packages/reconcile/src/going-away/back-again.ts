import type {
  Adoption,
  Change,
  Fields,
  FieldValue,
  Guest,
  Item,
  LedgerRow,
  Why
} from '@proxbox/contracts'
import { listedStatus } from '../desired/vms.ts'
import type { Compared } from '../diff/compare.ts'
import { translated } from '../diff/translated.ts'
import type { Matched, Matching } from '../identity/matching.ts'
import { goneStatus, learnedOf, ownElements } from './mark-stale.ts'
import { isStaleRef, staleTag } from './stale-tag.ts'
import { oursIn } from './translated-fields.ts'

const listOf = (value: FieldValue | undefined): readonly FieldValue[] =>
  Array.isArray(value) ? value : []

/** Pure: the tags without the one that we put there; undefined where it is not there or not ours. */
function untagged(
  matched: Matched,
  change: Change | undefined,
  matching: Matching
): FieldValue | undefined {
  const { base, current } = matched
  if (!listOf(base.tags).some(isStaleRef)) return undefined
  const now = change?.after.tags ?? ownElements(matched, listOf(current.fields.tags), matching)
  const stale = matching.resolve(staleTag)
  const isStale = (one: FieldValue) =>
    isStaleRef(one) ||
    (typeof one === 'object' && one !== null && 'ref' in one && one.ref === stale)
  const left = listOf(now).filter((one) => !isStale(one))
  return left.length === listOf(now).length ? undefined : left
}

/** Pure: what we said while it was missing, taken back: our tag, and our status for what Proxmox says. */
function takenBack(
  item: Item,
  matched: Matched,
  change: Change | undefined,
  matching: Matching
): Fields {
  const { base, current } = matched
  const { status } = item.fields
  const isOurs = base.status === goneStatus && current.fields.status === goneStatus
  const tags = untagged(matched, change, matching)
  return {
    ...(isOurs && status !== undefined ? { status } : {}),
    ...(tags === undefined ? {} : { tags })
  }
}

const why: Why = { policy: 'own', reason: 'Proxmox lists it again' }

function changed(
  item: Item,
  matched: Matched,
  { change, after, matching }: { change: Change | undefined; after: Fields; matching: Matching }
): Change {
  const { current, origin } = matched
  const fields = Object.keys(after)
  const ours = oursIn(matching)
  const held = (field: string) =>
    field === 'tags'
      ? ownElements(matched, listOf(current.fields.tags), matching)
      : translated(current.fields[field] ?? null, ours)
  const before = fields.map((field) => [field, held(field)] as const)
  return {
    key: item.key,
    kind: item.kind,
    action: 'update',
    netbox_id: current.netbox_id,
    label: current.label,
    origin,
    ...change,
    before: { ...change?.before, ...Object.fromEntries(before) },
    after: { ...change?.after, ...after },
    why: { ...change?.why, ...Object.fromEntries(fields.map((field) => [field, why])) }
  }
}

/** Pure: is it marked in NetBox while it is missing? All else is missing in the Ledger only. */
const isTop = ({ kind }: Item): boolean => kind === 'vm' || kind === 'device'

interface Told {
  readonly change: Change | undefined
  readonly adoption: Adoption | undefined
}

/** Pure: what is told of one Item, with what we said while it was missing taken back. */
function told(
  item: Item,
  matched: Matched,
  row: LedgerRow,
  { before: { change, adoption }, matching }: { before: Told; matching: Matching }
): Told {
  const after = isTop(item) ? takenBack(item, matched, change, matching) : {}
  const since = row.first_missing_at === null ? {} : { missing_since: null }
  if (Object.keys(after).length > 0)
    return {
      change: { ...changed(item, matched, { change, after, matching }), ...since },
      adoption
    }
  if (row.first_missing_at === null) return { change, adoption }
  if (change !== undefined) return { change: { ...change, ...since }, adoption }
  return { change, adoption: { ...(adoption ?? learnedOf(row, matched)), ...since } }
}

/**
 * Pure: an Item with the status that its guest is listed with. A lock makes it uncertain whether a guest runs (a backup
 * starts one that is off), but not that it is there, and some locks last (a guest suspended to disk holds one).
 */
function asListed(item: Item, guests: ReadonlyMap<string, Guest>): Item {
  const guest = item.fields.status === undefined ? guests.get(item.key) : undefined
  const status = guest === undefined ? undefined : listedStatus(guest)
  return status === undefined ? item : { ...item, fields: { ...item.fields, status } }
}

/**
 * Pure: what is listed again is no longer missing: tag and status that we set meanwhile are taken back, and the Ledger
 * forgets since when. Everything else was compared like any other Item.
 *
 * @param guests those of all lists, by key
 */
export function backAgain(
  compared: Compared,
  items: readonly Item[],
  guests: ReadonlyMap<string, Guest>,
  matching: Matching
): Compared {
  const changes = new Map(compared.changes.map((change) => [change.key, change]))
  const adoptions = new Map(compared.adoptions.map((one) => [one.key, one]))
  const unchanged = { ...compared.unchanged }
  for (const item of items) {
    const matched = matching.byKey.get(item.key)
    const row = matching.rows.get(item.key)
    if (matched === undefined || row === undefined) continue
    if (row.first_missing_at === null && !isTop(item)) continue
    const before = { change: changes.get(item.key), adoption: adoptions.get(item.key) }
    const { change, adoption } = told(asListed(item, guests), matched, row, { before, matching })
    if (change !== undefined && before.change === undefined)
      unchanged[item.kind] = (unchanged[item.kind] ?? 1) - 1
    if (change !== undefined) changes.set(item.key, change)
    if (adoption !== undefined) adoptions.set(item.key, adoption)
  }
  return {
    ...compared,
    changes: [...changes.values()],
    adoptions: [...adoptions.values()],
    unchanged
  }
}
