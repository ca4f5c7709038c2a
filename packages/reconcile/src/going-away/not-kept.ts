import type { Adoption, Change, FieldValue, Kept } from '@proxbox/contracts'
import { isSameKept } from '../diff/kept.ts'
import type { Matching } from '../identity/matching.ts'
import { learnedOf } from './mark-stale.ts'

const isNothing = ({ evidence_of_match, values, kept, drifts, missing_since }: Adoption): boolean =>
  evidence_of_match === 'ledger' &&
  Object.keys(values).length === 0 &&
  [kept, drifts, missing_since].every((one) => one === undefined)

/** Pure: is what was left written now? Of a set only the elements in question count: others may be written beside them. */
function isWritten({ wanted }: Kept, after: FieldValue | undefined): boolean {
  if (after === undefined) return false
  if (!Array.isArray(wanted) || !Array.isArray(after)) return true
  const written = new Set(after.map((one) => JSON.stringify(one)))
  return wanted.every((one) => written.has(JSON.stringify(one)))
}

/** Pure: a field that this Run writes after all is not left as NetBox has it: the Ledger learns it with the write. */
export function notKept(
  adoptions: readonly Adoption[],
  changes: readonly Change[],
  matching: Matching
): readonly Adoption[] {
  const known = new Map(adoptions.map((one) => [one.key, one]))
  for (const { key, after } of changes) {
    const row = matching.rows.get(key)
    const matched = matching.byKey.get(key)
    const all = known.get(key)?.kept ?? row?.kept ?? {}
    const fields = Object.entries(all).filter(([field, kept]) => !isWritten(kept, after[field]))
    if (fields.length === Object.keys(all).length || matched === undefined) continue
    const told = known.get(key) ?? (row === undefined ? undefined : learnedOf(row, matched))
    if (told === undefined) continue
    const kept = Object.fromEntries(fields)
    const { kept: _, ...rest } = told
    const adoption: Adoption = isSameKept(row?.kept, kept) ? rest : { ...rest, kept }
    if (isNothing(adoption)) known.delete(key)
    else known.set(key, adoption)
  }
  return [...known.values()]
}
