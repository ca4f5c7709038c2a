import type { Change, HeldChange } from '@proxbox/contracts'
import type { Guarded } from './guard.ts'

/** Pure: all guards, one after the other. */
export function guarded(
  changes: readonly Change[],
  guards: readonly ((changes: readonly Change[]) => Guarded)[]
): Guarded {
  let kept = changes
  const held: HeldChange[] = []
  for (const guard of guards) {
    const result = guard(kept)
    kept = result.kept
    held.push(...result.held)
  }
  return { kept, held }
}
