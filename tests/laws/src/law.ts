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

interface Search<T> {
  /** What is broken when a case is found, and where. */
  readonly name: string
  readonly numRuns: number
  readonly holds: (one: T) => Promise<void>
  readonly tell: (one: T) => string
}

/** Tries random cases of the seed. @throws Error with what the smallest breaking case broke, the case, and the seed last */
export async function search<T>(all: fc.Arbitrary<T>, options: Search<T>): Promise<void> {
  const { name, numRuns, holds, tell } = options
  const found = await fc.check(fc.asyncProperty(all, holds), { numRuns, seed: lawSeed })
  if (!found.failed) return
  const [smallest] = found.counterexample ?? []
  const lines = [
    `${name} (case ${found.numRuns}, ${found.numShrinks} times made smaller)`,
    wordsOf(found.errorInstance),
    smallest === undefined ? 'no case' : tell(smallest),
    `again with PROXBOX_LAWS_SEED=${lawSeed}`
  ]
  throw new Error(lines.join('\n'))
}

const mostFrames = 4

/** Pure: what an error says, and where of ours it was thrown. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const frames = (error.stack ?? '').split('\n').filter((line) => /^ +at .*file:/.test(line))
  const own = frames.filter((line) => !line.includes('node_modules')).slice(0, mostFrames)
  return [`${error.name}: ${error.message}`, ...own].join('\n')
}

/** Holds a law against random cases. @throws Error with the smallest case that breaks it, and how to replay it */
export const prove = ({ name, holds }: Law, bench: Bench): Promise<void> =>
  search(cases, {
    name: `${name}: broken ${bench.name}`,
    numRuns: bench.numRuns,
    holds: (one) => holds(one, bench),
    tell
  })

/** The law as a test: the seed is printed, and replays its cases when it is set as PROXBOX_LAWS_SEED. */
export function law(t: Test, one: Law, bench: Bench): void {
  t.test(`${one.name} (${bench.name})`, async (t) => {
    t.comment(`PROXBOX_LAWS_SEED=${lawSeed}`)
    await prove(one, bench)
    t.pass(`${bench.numRuns} cases`)
  })
}
