import type { Adoption, Change, FieldValue } from '@proxbox/contracts'
import { isSameKept } from '../diff/kept.ts'
import type { Matching } from '../match.ts'
import { learnedOf } from './mark-stale.ts'

const isNothing = ({ evidence_of_match, values, kept, drifts, missing_since }: Adoption): boolean =>
  evidence_of_match === 'ledger' &&
  Object.keys(values).length === 0 &&
  [kept, drifts, missing_since].every((one) => one === undefined)

/** Of a set that is written, elements that a person took away are still left out. */
const isSetOf = (wanted: FieldValue): boolean => Array.isArray(wanted)

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
    const fields = Object.entries(all).filter(
      ([field, { wanted }]) => !(field in after) || isSetOf(wanted)
    )
    if (fields.length === Object.keys(all).length || row === undefined || matched === undefined)
      continue
    const kept = Object.fromEntries(fields)
    const { kept: _, ...rest } = known.get(key) ?? learnedOf(row, matched)
    const adoption: Adoption = isSameKept(row.kept, kept) ? rest : { ...rest, kept }
    if (isNothing(adoption)) known.delete(key)
    else known.set(key, adoption)
  }
  return [...known.values()]
}
