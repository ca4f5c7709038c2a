import { type CurrentItem, countedAt, isRef, type KindName } from '@proxbox/contracts'

/** How many objects of a kind were read that hang on a holder, by its NetBox key. */
export type SeenAt = (holder: string, kind: KindName) => number

/** Pure: what was read, counted as NetBox counts it. */
export function seenIn(current: readonly CurrentItem[]): SeenAt {
  const seen = new Map<string, number>()
  for (const { kind, fields } of current)
    for (const field of countedAt[kind]?.fields ?? []) {
      const value = fields[field]
      if (!isRef(value)) continue
      const at = `${kind} ${value.ref}`
      seen.set(at, (seen.get(at) ?? 0) + 1)
    }
  return (holder, kind) => seen.get(`${kind} ${holder}`) ?? 0
}
