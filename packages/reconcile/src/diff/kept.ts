import type { Kept } from '@proxbox/contracts'

type KeptFields = Readonly<Record<string, Kept>>

const isSame = (one: Kept, other: Kept | undefined): boolean =>
  other !== undefined &&
  one.policy === other.policy &&
  one.reason === other.reason &&
  one.source === other.source &&
  one.rule === other.rule &&
  JSON.stringify(one.wanted) === JSON.stringify(other.wanted)

/** Pure: does the Ledger have these very fields as kept, for the same reasons? Absent is the same as none. */
export function isSameKept(known: KeptFields | undefined, kept: KeptFields): boolean {
  const fields = Object.entries(kept)
  if (fields.length !== Object.keys(known ?? {}).length) return false
  return fields.every(([field, one]) => isSame(one, known?.[field]))
}
