import type { World } from '@proxbox/simulator/proxmox'
import fc from 'fast-check'
import { factWays, guestWays } from './ways/guests.ts'
import { clusterWays, nodeWays } from './ways/nodes.ts'
import { partWays, toldWays } from './ways/parts.ts'
import type { Way } from './ways/way.ts'

/** One change of a world: which guest, and a number that chooses among the ways to do it. */
export interface Mutation {
  readonly what: keyof typeof ways
  readonly guest: number
  readonly way: number
}

const ways = {
  ...guestWays,
  ...factWays,
  ...partWays,
  ...toldWays,
  ...nodeWays,
  ...clusterWays
} satisfies Record<string, Way>

// `satisfies` above keeps the keys: they are exactly these.
const whats = Object.keys(ways) as Mutation['what'][]

export const mutations: fc.Arbitrary<Mutation[]> = fc.array(
  fc.record({
    what: fc.constantFrom(...whats),
    guest: fc.nat(9),
    way: fc.nat(11)
  }),
  { maxLength: 5 }
)

export function mutate(world: World, all: readonly Mutation[]): void {
  for (const { what, guest, way } of all) {
    const one = world.guests[guest % Math.max(1, world.guests.length)]
    if (one !== undefined) ways[what](world, one, way)
  }
}
