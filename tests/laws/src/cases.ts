import type { ClusterEstate } from '@proxbox/contracts'
import type { NetBoxVersion } from '@proxbox/simulator/netbox'
import { createWorld } from '@proxbox/simulator/proxmox'
import fc from 'fast-check'
import { mutate, mutations } from './mutate.ts'
import { readWorld } from './proxmox-side.ts'

/** A world before and after some changes, the NetBox that follows it, and numbers for faults. */
export const cases = fc.record({
  seed: fc.nat(40),
  guests: fc.nat(3),
  nodes: fc.constantFrom(1, 1, 2),
  version: fc.constantFrom<NetBoxVersion[]>('4.5.9', '4.6.8', '4.7.3'),
  before: mutations,
  after: mutations,
  faults: fc.array(fc.nat(200), { minLength: 4, maxLength: 4 })
})
export type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never

type World = Pick<Case, 'seed' | 'guests' | 'nodes' | 'before' | 'after'>
// Laws of one process see the same cases: reading a world costs more than all else.
const read = new Map<string, Promise<[ClusterEstate, ClusterEstate]>>()

/** What the reader sees of the world before and after. */
export function estatesOf(
  { seed, guests, nodes, before, after }: World,
  clusterId = 'caaaaaaaa'
): Promise<[ClusterEstate, ClusterEstate]> {
  const key = JSON.stringify([seed, guests, nodes, before, after, clusterId])
  const known = read.get(key) ?? readBoth({ seed, guests, nodes, before, after }, clusterId)
  read.set(key, known)
  return known
}

async function readBoth(one: World, clusterId: string): Promise<[ClusterEstate, ClusterEstate]> {
  const { seed, guests, nodes } = one
  const world = createWorld({ seed, guests, nodes, clusterName: 'lab', templates: false })
  mutate(world, one.before)
  const before = await readWorld(world, clusterId)
  mutate(world, one.after)
  return [before, await readWorld(world, clusterId)]
}

/** Pure: a case as a person would tell it. */
export function tell(one: Case): string {
  const told = (all: Case['before']) =>
    all.map(({ what, guest, way }) => `${what} (guest ${guest}, way ${way})`)
  const { seed, guests, nodes, version, faults } = one
  return [
    `a cluster of ${nodes} nodes and ${guests} guests (world ${seed}), NetBox ${version}, numbers ${faults.join(' ')}`,
    `  before: ${told(one.before).join(', ') || 'nothing'}`,
    `  after: ${told(one.after).join(', ') || 'nothing'}`
  ].join('\n')
}

/** Numbers in [0, 1) from a few given ones, the same every time. */
export function randomsFrom(numbers: readonly number[]): () => number {
  let state = numbers.reduce((sum, one) => (sum * 31 + one + 1) % 2147483647, 7)
  return () => {
    state = (state * 48271) % 2147483647
    return state / 2147483647
  }
}
