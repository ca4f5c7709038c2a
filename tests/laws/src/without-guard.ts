import type { Change, Plan } from '@proxbox/contracts'
import { orderChanges, type PlanInput, planChanges } from '@proxbox/reconcile'

/** Pure: one Change out of the parts that a guard had made of it. */
function whole(parts: readonly Change[]): Change[] {
  const [first] = parts
  if (first === undefined) return []
  const joined = <T>(pick: (part: Change) => Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(parts.flatMap((part) => Object.entries(pick(part))))
  return [
    {
      ...first,
      ...parts.at(-1),
      before: joined(({ before }) => before),
      after: joined(({ after }) => after),
      why: joined(({ why }) => why)
    }
  ]
}

/** A planner as it would be without one guard: what that holds is planned after all. */
export const withoutGuard =
  (guard: string) =>
  (input: PlanInput): Plan => {
    const plan = planChanges(input)
    const freed = plan.held.filter((one) => one.guard === guard).map(({ change }) => change)
    const byKey = Map.groupBy([...plan.changes, ...freed], ({ key }) => key)
    const changes = [...byKey.values()].flatMap(whole)
    return {
      ...plan,
      changes,
      steps: orderChanges(changes, input.options),
      held: plan.held.filter((one) => one.guard !== guard)
    }
  }
