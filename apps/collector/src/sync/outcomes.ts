import type { Outcome } from '@proxbox/contracts'

/** Outcomes on their way to the inventory, in order, beside the writes. */
export interface Outcomes {
  /** @throws what storing earlier ones threw: a Run whose outcomes are not stored must not go on writing */
  add(outcomes: readonly Outcome[]): void
  /** Resolves when all are stored. @throws the first failure */
  stored(): Promise<void>
}

/** @param store is called with one list after the other, never with two at once */
export function openOutcomes(store: (outcomes: readonly Outcome[]) => Promise<void>): Outcomes {
  let storing: Promise<void> = Promise.resolve()
  let failure: { readonly error: unknown } | undefined
  return {
    add(outcomes) {
      if (failure !== undefined) throw failure.error
      if (outcomes.length === 0) return
      storing = storing.then(async () => {
        if (failure !== undefined) return
        try {
          await store(outcomes)
        } catch (error) {
          failure = { error }
        }
      })
    },
    async stored() {
      await storing
      if (failure !== undefined) throw failure.error
    }
  }
}
