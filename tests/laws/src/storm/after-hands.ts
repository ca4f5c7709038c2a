import type { ClusterEstate } from '@proxbox/contracts'
import fc from 'fast-check'
import type { Bench } from '../bench.ts'
import { type Case, cases, estatesOf, tell } from '../cases.ts'
import type { StoredRun } from '../inventory.ts'
import { withoutIdentity } from '../laws/undo.ts'
import type { Session } from '../session.ts'
import { settled } from '../settled.ts'
import { difference } from '../sides/netbox-side.ts'
import { doAll, handiwork } from './hands.ts'

/** A case in which people work in NetBox before the first Run and after it. */
export const handCases = fc.record({ one: cases, early: handiwork, later: handiwork })
export type HandCase = typeof handCases extends fc.Arbitrary<infer T> ? T : never

const isWhole = ({ applied }: StoredRun): boolean =>
  [...applied.values()].every(({ state }) => state === 'done')

/** What NetBox has refused is planned without it, and so is what was refused for that: twice, and all of it waits. */
async function repaired(session: Session, first: StoredRun, seen: ClusterEstate): Promise<void> {
  let run = first
  for (const _ of [1, 2]) if (!isWhole(run)) run = await session.apply(await session.plan(seen))
}

/** Whatever people have done, a Run leaves nothing to do, and taken back it leaves what they did. */
export async function afterHands({ one, early, later }: HandCase, bench: Bench): Promise<void> {
  const [before, after] = await estatesOf(one)
  const session = await bench.session(one.version)
  const { netbox } = session
  await doAll(netbox, early)
  const met = await session.apply(await session.plan(before))
  await repaired(session, met, before)
  await settled(session, before)
  await doAll(netbox, later)
  const was = await netbox.exportCanonical()
  const run = await session.apply(await session.plan(after))
  const writes = netbox.writes()
  await repaired(session, run, after)
  await settled(session, after)
  const isMoved = netbox.writes() > writes
  const changes = [...run.applied.values()].filter(({ state }) => state === 'done')
  if (isMoved || changes.some(({ change }) => change.action === 'delete')) return
  await session.apply(await session.planUndo(run))
  const differs = difference(withoutIdentity(was), withoutIdentity(await netbox.exportCanonical()))
  if (differs !== '') throw new Error(`before (-) and after undo (+):\n${differs}`)
}

export const tellHands = ({ one, early, later }: HandCase): string => {
  const told = (all: Case['before'] | HandCase['early']) => JSON.stringify(all)
  return `${tell(one)}\n  hands early: ${told(early)}\n  hands later: ${told(later)}`
}
