import type { Law } from '../law.ts'
import { anyOrderAnyCrash } from './any-order-any-crash.ts'
import { boundedHarm } from './bounded-harm.ts'
import { handsOff } from './hands-off.ts'
import { nothingToDo } from './nothing-to-do.ts'
import { oneBadObject } from './one-bad-object.ts'
import { patience } from './patience.ts'
import { samePlanSameWrites } from './same-plan-same-writes.ts'
import { strangers } from './strangers.ts'
import { unknownIsNotEmpty } from './unknown-is-not-empty.ts'

/** The laws of reconciliation, in their order. */
export const laws: readonly Law[] = [
  nothingToDo,
  handsOff,
  unknownIsNotEmpty,
  patience,
  boundedHarm,
  samePlanSameWrites,
  oneBadObject,
  anyOrderAnyCrash,
  strangers
]
