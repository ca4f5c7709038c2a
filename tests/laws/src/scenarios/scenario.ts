import type { Bench } from '../bench.ts'

/** One story of identity: something happens on either side, and objects stay what they are. */
export interface Scenario {
  readonly name: string
  /** @throws Error that says what went wrong */
  readonly holds: (bench: Bench) => Promise<void>
}

/** @throws Error with what was said */
export function must(isTrue: boolean, what: string): void {
  if (!isTrue) throw new Error(what)
}

/** @throws Error with both sides */
export function mustEqual(now: unknown, wanted: unknown, what: string): void {
  const [one, other] = [JSON.stringify(now), JSON.stringify(wanted)]
  if (one !== other) throw new Error(`${what}: ${one} instead of ${other}`)
}
