import type { NetBoxVersion } from '@proxbox/simulator/netbox'
import { createWorld } from '@proxbox/simulator/proxmox'
import fc from 'fast-check'
import type { Bench } from '../bench.ts'
import { chapters } from './chapters.ts'
import { Life } from './lived.ts'

/** A cluster, the NetBox that follows it, and all that happens to both, to their settings and to the Ledger. */
export const lives = fc.record({
  seed: fc.nat(40),
  guests: fc.nat(3),
  nodes: fc.constantFrom(1, 1, 2),
  version: fc.constantFrom<NetBoxVersion[]>('4.5.9', '4.6.8', '4.7.3'),
  chapters
})
export type LifeCase = typeof lives extends fc.Arbitrary<infer T> ? T : never

/** Whatever happens, a Run leaves nothing to do. */
export async function life(one: LifeCase, bench: Bench): Promise<void> {
  const { seed, guests, nodes, version } = one
  const world = createWorld({ seed, guests, nodes, clusterName: 'lab', templates: false })
  const lived = new Life(await bench.session(version), world)
  await lived.begin()
  for (const chapter of one.chapters) await lived.live(chapter)
  await lived.end()
}

export const tellLife = (one: LifeCase): string =>
  JSON.stringify(one, null, 1).replace(/\n\s*/g, ' ')
