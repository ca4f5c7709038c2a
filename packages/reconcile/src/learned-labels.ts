import { type Adoption, type Change, isPart, ownName } from '@proxbox/contracts'
import { type FullLabels, fullLabels } from './full-label.ts'
import { objectOf } from './going-away/deletion.ts'
import { learnedOf } from './going-away/mark-stale.ts'
import type { Matched, Matching } from './identity/matching.ts'

interface Told {
  readonly changes: readonly Change[]
  readonly adoptions: readonly Adoption[]
}

/** Pure: what a known part is called, by its own name of now: who writes another one learns that with the write. */
const called = (key: string, { current }: Matched, full: FullLabels): string | undefined =>
  full(key, ownName(current.fields) ?? current.label)

/** Pure: parts that nothing else is told of, and that the Ledger calls otherwise: what they belong to was renamed. */
const renamed = (
  { changes, adoptions }: Told,
  matching: Matching,
  full: FullLabels
): Adoption[] => {
  const told = new Set([...changes, ...adoptions].map(({ key }) => key))
  return [...matching.rows.values()].flatMap((row) => {
    if (!isPart(row.kind) || told.has(row.key)) return []
    const known = objectOf(row, matching)
    if (known?.by !== 'ledger') return []
    const label = called(row.key, known, full)
    return label === undefined || label === row.label ? [] : [{ ...learnedOf(row, known), label }]
  })
}

/**
 * Pure: parts are called with what they belong to, as NetBox calls that once all of this is written. The Ledger learns it
 * without a write where nothing else of a part is told.
 */
export function withLabels({ changes, adoptions }: Told, matching: Matching): Told {
  const full = fullLabels(matching, changes)
  const labelled = <One extends Change | Adoption>(one: One): One => {
    if (!isPart(one.kind)) return one
    const known = matching.byKey.get(one.key)
    const label =
      known === undefined
        ? full(one.key, ('after' in one ? ownName(one.after) : undefined) ?? one.label)
        : called(one.key, known, full)
    return label === undefined || label === one.label ? one : { ...one, label }
  }
  return {
    changes: changes.map(labelled),
    adoptions: [...adoptions.map(labelled), ...renamed({ changes, adoptions }, matching, full)]
  }
}
