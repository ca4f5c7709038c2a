import {
  type Adoption,
  type Change,
  type Conflict,
  type HeldChange,
  type Item,
  type LedgerRow,
  type Notice,
  netboxKey
} from '@proxbox/contracts'
import { foundBy } from '../identity/found-by.ts'
import type { Matched, Matching } from '../identity/matching.ts'
import { conflictNotice } from './conflict.ts'
import type { DiffContext } from './context.ts'
import { createChange } from './create-change.ts'
import { diffItem, type ItemDiff, type Remembered } from './diff-item.ts'
import { isSameKept } from './kept.ts'

export interface Compared {
  readonly changes: readonly Change[]
  readonly adoptions: readonly Adoption[]
  readonly conflicts: readonly Conflict[]
  readonly held: readonly HeldChange[]
  readonly notices: readonly Notice[]
  readonly unchanged: Record<string, number>
}

const nothing: Remembered = {}

/** Pure: counts that go back to none, as the Ledger must have them before this Run writes; undefined: none does. */
function resetDrifts(row: LedgerRow | undefined, drifts: ItemDiff['drifts']) {
  const counted = Object.entries(row?.drifts ?? {})
  const left = counted.filter(([field]) => drifts[field] !== undefined)
  return left.length === counted.length ? undefined : Object.fromEntries(left)
}

const sourcesOf = (item: Item, fields: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    fields.flatMap((field) => {
      const source = item.sources?.[field]
      return source === undefined ? [] : [[field, source] as const]
    })
  )

interface Known {
  readonly item: Item
  /** By what it was recognised just now, in words. */
  readonly by: string | undefined
  readonly matched: Matched
  readonly row: LedgerRow | undefined
  readonly diff: ItemDiff
}

/** Pure: what the Ledger learns of an Item without a write; undefined when that is nothing. */
function adoptionOf({ item, by, matched, row, diff }: Known, matching: Matching) {
  const kept = isSameKept(row?.kept, diff.kept) ? undefined : diff.kept
  const drifts = resetDrifts(row, diff.drifts)
  const learned = Object.keys(diff.learned)
  const isOpen = matching.intents.has(item.key) && diff.change === undefined
  const isKnown = matched.by === 'ledger' && learned.length === 0 && !isOpen
  if (isKnown && kept === undefined && drifts === undefined) return undefined
  const sources = sourcesOf(item, learned)
  const adoption: Adoption = {
    key: item.key,
    kind: item.kind,
    netbox_id: matched.current.netbox_id,
    origin: matched.origin,
    evidence_of_match: matched.by,
    values: diff.learned,
    evidence: evidenceOf(item, by),
    label: matching.called(matched.current),
    ...(kept === undefined ? {} : { kept }),
    ...(drifts === undefined ? {} : { drifts }),
    ...(Object.keys(sources).length === 0 ? {} : { sources })
  }
  return adoption
}

const evidenceOf = ({ evidence }: Item, by: string | undefined) => ({
  ...evidence,
  ...(by === undefined ? {} : { adopted_by: by })
})

/** Pure: who reads the Plan of a first contact asks first why it is this object. */
const toldBy = (item: Item, by: string | undefined) =>
  by === undefined ? {} : { evidence: evidenceOf(item, by) }

const rememberedOf = (matched: Matched, row: LedgerRow | undefined): Remembered =>
  matched.by === 'ledger' && row ? row : nothing

/** Pure: the models that this Run gives to definitions of custom fields: values of theirs come with it. */
function widenedBy(
  items: readonly Item[],
  matching: Matching,
  context: DiffContext
): NonNullable<DiffContext['widened']> {
  return new Map(
    items.flatMap((item) => {
      const matched = item.kind === 'custom-field' ? matching.byKey.get(item.key) : undefined
      if (matched === undefined) return []
      const remembered = rememberedOf(matched, matching.rows.get(item.key))
      const models = diffItem(item, matched, context, remembered).change?.after.object_types
      return Array.isArray(models) ? [[item.key, models] as const] : []
    })
  )
}

/** Pure: every desired Item against the object that it is: what to write, what the Ledger learns, what to ask. */
export function compare(items: readonly Item[], matching: Matching, given: DiffContext): Compared {
  const context = { ...given, widened: widenedBy(items, matching, given) }
  const changes: Change[] = []
  const adoptions: Adoption[] = []
  const conflicts: Conflict[] = []
  const unchanged: Record<string, number> = {}
  const held = new Set(matching.held.map(({ item }) => item.key))
  for (const item of items) {
    const matched = matching.byKey.get(item.key)
    if (matched === undefined) {
      if (held.has(item.key)) continue
      changes.push(createChange(item, context, isGone(matching.rows.get(item.key), matching)))
      continue
    }
    const row = matching.rows.get(item.key)
    const diff = diffItem(item, matched, context, rememberedOf(matched, row))
    const labelled = <One extends Change | Conflict>(one: One): One => ({
      ...one,
      label: matching.called(matched.current)
    })
    const by = foundBy(matched, matching)
    if (diff.change !== undefined) changes.push({ ...labelled(diff.change), ...toldBy(item, by) })
    else unchanged[item.kind] = (unchanged[item.kind] ?? 0) + 1
    conflicts.push(...diff.conflicts.map(labelled))
    const adoption = adoptionOf({ item, by, matched, row, diff }, matching)
    if (adoption !== undefined) adoptions.push(adoption)
  }
  const notices = conflicts.map(conflictNotice)
  return { changes, adoptions, conflicts, held: [], notices, unchanged }
}

const isGone = (row: LedgerRow | undefined, matching: Matching): boolean =>
  row !== undefined && matching.object(netboxKey(row.kind, row.netbox_id)) === undefined

/** Pure: a Change of which a Guard has left out a corrected field: that one is not counted. */
export function withWrittenDrifts(change: Change, row: LedgerRow | undefined): Change {
  if (change.drifts === undefined) return change
  const drifts: Record<string, number> = {}
  for (const [field, count] of Object.entries(change.drifts)) {
    const counted = field in change.after ? count : row?.drifts?.[field]
    if (counted !== undefined) drifts[field] = counted
  }
  return { ...change, drifts }
}
