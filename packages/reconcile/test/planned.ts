import type { Conflict, DecisionRule, Fields, Guest, Plan } from '@proxbox/contracts'
import { type DesiredOptions, planChanges } from '../src/index.ts'
import { type estate, guest, World } from './world.ts'

type Options = Partial<DesiredOptions>

/** Key of guest 100. */
export const key = 'vm:caaaaaaaa/qemu/100'

export const planFor = (world: World, seen: ReturnType<typeof estate>, more: Options = {}): Plan =>
  planChanges({ estate: seen, options: world.options(more), ...world.facts() })

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

export const codes = (plan: Plan): string[] =>
  [...plan.notices.map(({ code }) => code), ...plan.held.map(({ code }) => code)].sort()

export const changeOf = (plan: Plan, wanted: string) =>
  plan.changes.find((change) => change.key === wanted)
