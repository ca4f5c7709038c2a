import type { Change, Plan } from '@proxbox/contracts'
import type { Guarded } from './guard.ts'
import { heldReferences } from './references.ts'

/**
 * Pure: some Changes of a Plan, without the others: what needs an object that another one would make waits for it, as it
 * does in a Run that holds that one. The Ledger may have an id of that object, which is gone or somebody else's by now.
 */
export function alone(some: readonly Change[], plan: Pick<Plan, 'changes'>): Guarded {
  const made = new Set(
    plan.changes.flatMap(({ key, action }) => (action === 'create' ? [key] : []))
  )
  return heldReferences(some, (key) => !made.has(key))
}
