import { kindNames, type LedgerRow, netboxKey } from '@proxbox/contracts'
import { guestOf } from '../key-of.ts'
import { type Adopted, adopt } from './adopt.ts'
import { announcedIn } from './announced.ts'
import { carriesKey } from './carries-key.ts'
import { holdClashes } from './clashes.ts'
import type { MatchInput, Matching } from './matching.ts'
import { openMatching } from './open-matching.ts'

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
  const matching = openMatching(input)
  matchLedger(input, matching)
  holdUndecided(input, matching)
  const items = Map.groupBy(input.desired, (item) => item.kind)
  // Of kinds that NetBox has none of there is nothing to recognise.
  const there = new Set(input.current.map(({ kind }) => kind))
  for (const kind of kindNames.filter((one) => there.has(one))) {
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
