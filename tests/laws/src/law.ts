import fc from 'fast-check'
import type { Test } from 'tap'
import type { Bench } from './bench.ts'
import { type Case, cases, tell } from './cases.ts'
import { lawSeed } from './config.ts'

/** A law of reconciliation: true of every case, on every NetBox. */
export interface Law {
  readonly name: string
  /** @throws Error that says what broke it */
  readonly holds: (one: Case, bench: Bench) => Promise<void>
}

/** Holds a law against random cases. @throws Error with the smallest case that breaks it, and how to replay it */
export async function prove({ name, holds }: Law, bench: Bench): Promise<void> {
  const property = fc.asyncProperty(cases, (one) => holds(one, bench))
  const { numRuns } = bench
  const found = await fc.check(property, { numRuns, seed: lawSeed })
  if (!found.failed) return
  const [smallest] = found.counterexample ?? []
  const { errorInstance } = found
  const words = errorInstance instanceof Error ? (errorInstance.stack ?? '') : String(errorInstance)
  const lines = [
    `${name}: broken ${bench.name} (case ${found.numRuns}, ${found.numShrinks} times made smaller)`,
    smallest === undefined ? 'no case' : tell(smallest),
    words,
    `again with PROXBOX_LAWS_SEED=${lawSeed}`
  ]
  throw new Error(lines.join('\n'))
}

/** The law as a test: the seed is printed, and replays its cases when it is set as PROXBOX_LAWS_SEED. */
export function law(t: Test, one: Law, bench: Bench): void {
  t.test(`${one.name} (${bench.name})`, async (t) => {
    t.comment(`PROXBOX_LAWS_SEED=${lawSeed}`)
    await prove(one, bench)
    t.pass(`${bench.numRuns} cases`)
  })
}
