import { type CurrentItem, type Fields, fieldSpec } from '@proxbox/contracts'
import { translated } from '../diff/translated.ts'
import type { Matching } from '../identity/matching.ts'

/** Pure: NetBox key → our key, where we have one. */
export const oursIn = (matching: Matching) => (ref: string) => matching.claimed.get(ref) ?? ref

/** Pure: what an object holds that can be written, with our keys where we have them. */
export function translatedFields({ kind, fields }: CurrentItem, matching: Matching): Fields {
  const ours = oursIn(matching)
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([field]) => fieldSpec(kind, field)?.readOnly !== true)
      .map(([field, value]) => [field, translated(value, ours)])
  )
}
