import type { Guest, Plan } from '@proxbox/contracts'
import { type DesiredOptions, planChanges } from '../src/index.ts'
import { type estate, guest, World } from './world.ts'

type Options = Partial<DesiredOptions>

/** Key of guest 100. */
export const key = 'vm:caaaaaaaa/qemu/100'

export const planFor = (world: World, seen: ReturnType<typeof estate>, more: Options = {}): Plan =>
  planChanges({ estate: seen, options: world.options(more), ...world.facts() })

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
