import type { Conflict, DecisionRule, Fields, Guest, Intent, Plan } from '@proxbox/contracts'
import { type DesiredOptions, planChanges } from '../src/index.ts'
import { estate, guest, World } from './world.ts'

type Options = Partial<DesiredOptions>

/** Key of guest 100. */
export const key = 'vm:caaaaaaaa/qemu/100'

export const planFor = (
  world: World,
  seen: ReturnType<typeof estate>,
  more: Options = {},
  intents: readonly Intent[] = []
): Plan => planChanges({ estate: seen, options: world.options(more), ...world.facts(), intents })

/** As `planFor`, once a person has decided these conflicts. */
export const planDecided = (
  world: World,
  seen: ReturnType<typeof estate>,
  decided: readonly (readonly [Pick<Conflict, 'key' | 'field' | 'code'>, string])[],
  more: Options = {}
): Plan =>
  planChanges({
    estate: seen,
    options: world.options(more),
    ...world.facts(),
    decisions: decided.map(
      ([{ key, field, code }, decision], index): DecisionRule => ({
        id: index + 1,
        key,
        field,
        code,
        decision,
        user: 'ann',
        created: '2026-01-01T00:00:00Z'
      })
    )
  })

/** A NetBox kept by hand: cluster `lab` in the only site, and guest 100 in it with these fields. */
export function handKept(vm: Fields = {}): World {
  const world = new World()
  const cluster = world.add('cluster', { name: 'lab', scope: { ref: 'netbox:site/1' } })
  world.add('vm', { name: 'vm100', cluster: { ref: cluster.key }, tags: [], ...vm }, 'vm100')
  return world
}

export const endpoint = (more: Partial<DesiredOptions['endpoint']>): Options => ({
  endpoint: { ...new World().options().endpoint, ...more }
})

/** Guest 100 with another configuration. */
export function withConfig(
  more: Partial<NonNullable<Guest['config']>>,
  row: Partial<Guest> = {}
): Guest {
  const { config } = guest(100)
  if (config === undefined) throw new Error('no config')
  return guest(100, { config: { ...config, ...more }, ...row })
}

/** A guest beside guest 101: of one alone nothing goes without a person's word, of two one half does. */
export const beside = (one: Guest): ReturnType<typeof estate> => estate([one, guest(101)])

export const codes = (plan: Plan): string[] =>
  [...plan.notices.map(({ code }) => code), ...plan.held.map(({ code }) => code)].sort()

export const changeOf = (plan: Plan, wanted: string) =>
  plan.changes.find((change) => change.key === wanted)

/** ISO time so many days after the first Run of a World. */
export const day = (days: number): string =>
  new Date(Date.parse('2026-01-01T00:00:00Z') + days * 86_400_000).toISOString()

/** Plans, applies, and tells the Plan; what is left to do at the same moment is an error. */
export function runOn(
  world: World,
  seen: ReturnType<typeof estate>,
  days = 0,
  more: Options = {}
): Plan {
  const options = { now: day(days), ...more }
  const plan = planFor(world, seen, options)
  world.apply(plan)
  const again = planFor(world, seen, options)
  const left = [...again.changes, ...again.adoptions, ...again.seen.begun, ...again.seen.ended]
  if (left.length > 0) throw new Error(`left to do: ${JSON.stringify(left)}`)
  return plan
}
