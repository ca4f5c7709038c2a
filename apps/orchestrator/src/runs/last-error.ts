import type { ErrorFacts } from '@proxbox/contracts'

/** How many attempts a Run has begun, and has at most. */
export interface Attempts {
  readonly run: number
  readonly attempt: number
  readonly attempts: number
}

/**
 * Pure: the error that ends a Run. One after which another attempt would have come says that there is none, and what a
 * person can do; before, it only told of itself.
 */
export function lastError(facts: ErrorFacts, { run, attempt, attempts }: Attempts): ErrorFacts {
  if (facts.disposition !== 'wait') return facts
  const detail = /[.!?]$/.test(facts.detail) ? facts.detail : `${facts.detail}.`
  const why = attempt < attempts ? ', for the time of the Run is over before the next one' : ''
  const remedy = `Once that is mended, start it again: "proxbox rerun ${run}".`
  return {
    ...facts,
    detail: `${detail} Attempt ${attempt} of ${attempts} was the last${why}. ${remedy}`
  }
}
