import { createWorld, type Fault, type FaultKind, faultKinds } from '@proxbox/simulator/proxmox'
import fc from 'fast-check'
import { mutate, mutations } from '../mutate.ts'
import { isAnswer, readEndpoints } from './endpoints.ts'
import { openLab } from './lab.ts'

const fault: fc.Arbitrary<{ route: string; kind: FaultKind; share: number }> = fc
  .record({
    // What nothing is read without ends the reading, and with it the other faults.
    route: fc.constantFrom(...readEndpoints.map(({ route }) => route).slice(1)),
    kind: fc.constantFrom(...faultKinds),
    share: fc.constantFrom(1, 2, 3)
  })
  .filter((one) => !isAnswer(one))

/** Any cluster, changed in any way, while any calls fail for all, every second or every third that is asked. */
export const storms = fc.record({
  seed: fc.nat(40),
  guests: fc.integer({ min: 1, max: 5 }),
  nodes: fc.integer({ min: 1, max: 3 }),
  version: fc.constantFrom('7.4' as const, '8.4' as const, '9.2' as const),
  before: mutations,
  after: mutations,
  faults: fc.array(fault, { minLength: 1, maxLength: 3 })
})
export type Storm = typeof storms extends fc.Arbitrary<infer T> ? T : never

function faultFrom({ route, kind, share }: Storm['faults'][number]): Fault {
  let met = 0
  return {
    kind,
    delayMs: 3_600_000,
    on: (target) => target.route === route && met++ % share === 0
  }
}

/** A part that was not read takes nothing away; nor does it while the cluster changes. @throws Error that tells what did */
export async function takesNothing({ before, after, faults, ...options }: Storm): Promise<void> {
  const world = createWorld({ ...options, clusterName: 'lab' })
  mutate(world, before)
  const lab = await openLab(world, { change: (changed) => mutate(changed, after) })
  const same = await lab.plan(await lab.read(world, ...faults.map(faultFrom)), 30)
  if (same.harms.length > 0) throw new Error(`unchanged: ${JSON.stringify(same.harms, null, 1)}`)
  if (same.plan.changes.length > 0) throw new Error(JSON.stringify(same.plan.changes, null, 1))
  const meanwhile = await lab.plan(await lab.read(lab.changed, ...faults.map(faultFrom)))
  const rightful = new Set(lab.rightful.map(({ text }) => text))
  const other = meanwhile.harms.filter(({ text }) => !rightful.has(text))
  if (other.length > 0) throw new Error(`changed: ${JSON.stringify(other, null, 1)}`)
}
