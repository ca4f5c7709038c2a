import type { Change, HeldChange } from '@proxbox/contracts'

/** What a guard lets through and what it holds back, each with its reason. */
export interface Guarded {
  readonly kept: readonly Change[]
  readonly held: readonly HeldChange[]
}

/** Pure: splits Changes by a test that tells why one is held; undefined lets it through. */
export function guardBy(
  guard: string,
  changes: readonly Change[],
  test: (change: Change) => { code: string; reason: string } | undefined
): Guarded {
  const kept: Change[] = []
  const held: HeldChange[] = []
  for (const change of changes) {
    const reason = test(change)
    if (reason === undefined) kept.push(change)
    else held.push({ change, guard, ...reason })
  }
  return { kept, held }
}
