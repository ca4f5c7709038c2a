import { answer, type PveAnswer, type PveRequest } from './answer.ts'
import { applyFault } from './apply-fault.ts'
import type { FaultPlan } from './faults.ts'
import { routeOf } from './routes/table.ts'
import type { WireAnswer } from './send-answer.ts'
import type { Random } from './world/random.ts'
import type { World } from './world/world-shape.ts'

export interface FaultedAnswer {
  /** What the world answers by itself. */
  readonly own: PveAnswer
  /** What a planned fault makes of it; else the same. */
  readonly given: PveAnswer & WireAnswer
}

/** One request, met by the planned faults; a predicate among them is asked before the world answers. */
export function answerFaulted(
  world: World,
  request: PveRequest,
  parts: { readonly faults: FaultPlan; readonly random?: Random | undefined }
): FaultedAnswer {
  const { method, path, query = {} } = request
  const route = routeOf(path)?.route.path ?? path
  const fault = parts.faults.next({ method, path, query, route })
  const own = answer(world, request, parts.random)
  return { own, given: fault === null ? own : applyFault(own, fault, world) }
}
