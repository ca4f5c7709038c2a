import type { Change, Plan } from '@proxbox/contracts'
import { orderChanges, type PlanInput, planChanges } from '@proxbox/reconcile'

/** Pure: one Change out of the parts that a guard had made of it. */
const whole = (parts: readonly Change[]): Change[] =>
  parts.length === 0
    ? []
    : [
        parts.reduce((one, part) => ({
          ...one,
          ...part,
          before: { ...one.before, ...part.before },
          after: { ...one.after, ...part.after },
          why: { ...one.why, ...part.why }
        }))
      ]

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
