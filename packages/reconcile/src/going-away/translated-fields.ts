import type { CurrentItem, Fields } from '@proxbox/contracts'
import { translated } from '../diff/translated.ts'
import type { Matching } from '../match.ts'

/** Pure: NetBox key → our key, where we have one. */
export const oursIn = (matching: Matching) => (ref: string) => matching.claimed.get(ref) ?? ref

/** Pure: what an object holds, with our keys where we have them. */
export const translatedFields = (current: CurrentItem, matching: Matching): Fields =>
  Object.fromEntries(
    Object.entries(current.fields).map(([field, value]) => [
      field,
      translated(value, oursIn(matching))
    ])
  )
