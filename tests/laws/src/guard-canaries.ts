import type { Bench } from './bench.ts'
import { prove } from './law.ts'
import { boundedHarm } from './laws/bounded-harm.ts'
import { handsOff } from './laws/hands-off.ts'
import { oneBadObject } from './laws/one-bad-object.ts'
import { unknownIsNotEmpty } from './laws/unknown-is-not-empty.ts'
import { scenarios } from './scenarios/index.ts'
import { simulatedEyes } from './troubles/eyes.ts'
import { troubles } from './troubles/troubles.ts'
import { withoutGuard } from './without-guard.ts'

/** A guard, and what turns red when it holds nothing. */
interface GuardCanary {
  readonly guard: string
  readonly sees: (bench: Bench) => Promise<void>
}

const by = (name: string) => async (bench: Bench) => {
  const scenario = scenarios.find((one) => one.name === name)
  const trouble = troubles.find((one) => one.name === name)
  if (scenario === undefined && trouble === undefined) throw new RangeError(`no ${name}`)
  await scenario?.holds(bench)
  await trouble?.holds(bench, simulatedEyes)
}

/** One for each guard: a guard that nobody misses guards nothing. */
export const guardCanaries: readonly GuardCanary[] = [
  { guard: 'base-change', sees: by('memory is counted in other units, and a person approves') },
  { guard: 'budget', sees: (bench) => prove(boundedHarm, bench) },
  { guard: 'match', sees: by('two objects could be one guest, and a person decides') },
  { guard: 'out-of-sight', sees: by('the NetBox token does not see one object of each kind') },
  { guard: 'owned-only', sees: (bench) => prove(handsOff, bench) },
  { guard: 'quarantine', sees: (bench) => prove(oneBadObject, bench) },
  { guard: 'references', sees: by('another object has the name, and a person decides') },
  {
    guard: 'scope-change',
    sees: by('an Endpoint gets another site, and its cluster waits for a person')
  },
  { guard: 'spare-gaps', sees: (bench) => prove(unknownIsNotEmpty, bench) },
  { guard: 'unit-base', sees: by('disks were entered in units of 1000, and a person decides') },
  { guard: 'vanished', sees: by('NetBox is restored from a dump of before Proxbox') }
]

/** A bench on which this guard holds nothing. */
export const unguarded = (guard: string, bench: Bench): Bench => ({
  ...bench,
  session: async (version, options) =>
    (await bench.session(version, options)).with({ planner: withoutGuard(guard) })
})
