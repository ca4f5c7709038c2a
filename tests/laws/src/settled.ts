import type { Change, ClusterEstate, Plan } from '@proxbox/contracts'
import type { Session } from './session.ts'
import { toldChanges } from './told.ts'

/** Pure: an address that its holder has lost goes to the one that has it from the second Run on, and is its primary one. */
const isPatient = ({ kind, action, after }: Change): boolean =>
  action === 'update' &&
  Object.keys(after).every((field) =>
    kind === 'ip-address' ? field === 'assigned_object' : field.startsWith('primary_ip')
  )

/**
 * What was written leaves nothing to do, but for addresses that patience lets go only now: those are moved, and then
 * there is nothing. @throws Error that tells what is left. Gives the last Plan, which is empty
 */
export async function settled(session: Session, ...seen: readonly ClusterEstate[]): Promise<Plan> {
  const plan = await session.plan(...seen)
  if (plan.changes.length === 0) return plan
  if (!plan.changes.every(isPatient)) throw new Error(toldChanges(plan.changes))
  await session.apply(plan)
  const last = await session.plan(...seen)
  if (last.changes.length > 0) throw new Error(`and then:\n${toldChanges(last.changes)}`)
  return last
}
