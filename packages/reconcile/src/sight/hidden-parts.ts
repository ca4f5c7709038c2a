import {
  type CurrentItem,
  countedAt,
  type HolderCounts,
  type HoldersAsked,
  type KindName,
  kindNames
} from '@proxbox/contracts'
import { wordFor } from '../identity/found-by.ts'
import { seenIn } from './seen.ts'

/** Pure: what to ask about objects that would go: how much hangs on them, seen or not. */
export const partsToCount = (
  leaving: ReadonlyMap<KindName, readonly number[]>
): readonly HoldersAsked[] =>
  [...leaving].flatMap(([kind, ids]) => {
    const counting = kindNames.filter((part) => countedAt[part]?.counts[kind] !== undefined)
    return counting.length === 0 ? [] : [{ kind, ids, counting }]
  })

/**
 * Pure: in words, by NetBox key of its holder, what hangs there and was not read, be it out of the token's sight or of a
 * kind that this Run leaves alone: NetBox would delete it together with that.
 */
export function hiddenParts(
  counts: HolderCounts,
  current: readonly CurrentItem[]
): ReadonlyMap<string, string> {
  const seenAt = seenIn(current)
  return new Map(
    [...counts].flatMap(([holder, of]) => {
      const hidden = kindNames.find((kind) => (of[kind] ?? 0) > seenAt(holder, kind))
      return hidden === undefined
        ? []
        : [[holder, `something that was not read (${wordFor(hidden)})`] as const]
    })
  )
}
