import type { Adoption, Change, Item, Notice } from '@proxbox/contracts'
import { createChange, type DiffContext, diffItem } from './diff.ts'
import { fullLabels } from './full-label.ts'
import type { Matching } from './match.ts'

export interface Compared {
  readonly changes: readonly Change[]
  readonly adoptions: readonly Adoption[]
  readonly notices: readonly Notice[]
  readonly unchanged: Record<string, number>
}

/** Pure: every desired Item against the object that it is: what to write, what the Ledger learns, what to say. */
export function compare(
  items: readonly Item[],
  matching: Matching,
  context: DiffContext
): Compared {
  const out = {
    changes: [] as Change[],
    adoptions: [] as Adoption[],
    notices: [] as Notice[],
    unchanged: {} as Record<string, number>
  }
  const held = new Set(matching.held.map(({ item }) => item.key))
  const full = fullLabels(items)
  const named = (item: Item, change: Change): Change => ({
    ...change,
    label: full(item, change.label)
  })
  for (const item of items) {
    const matched = matching.byKey.get(item.key)
    if (matched === undefined) {
      if (!held.has(item.key)) out.changes.push(named(item, createChange(item, context)))
      continue
    }
    const { change, learned, notices } = diffItem(item, matched, context)
    out.notices.push(...notices)
    if (change !== undefined) out.changes.push(named(item, change))
    else out.unchanged[item.kind] = (out.unchanged[item.kind] ?? 0) + 1
    const isOpen = matching.intents.has(item.key) && change === undefined
    if (matched.by === 'ledger' && Object.keys(learned).length === 0 && !isOpen) continue
    out.adoptions.push({
      key: item.key,
      kind: item.kind,
      netbox_id: matched.current.netbox_id,
      origin: matched.origin,
      evidence_of_match: matched.by,
      values: learned,
      evidence: item.evidence ?? {},
      label: full(item, matched.current.label)
    })
  }
  return out
}
