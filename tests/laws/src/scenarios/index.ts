import { adoption } from './adoption.ts'
import { blind } from './blind.ts'
import { containers } from './containers.ts'
import { handKept } from './hand-kept.ts'
import { lives } from './lives.ts'
import { moves } from './moves.ts'
import type { Scenario } from './scenario.ts'
import { sides } from './sides.ts'

/** One per line of RECONCILE §1: what happens to identities on either side. */
export const scenarios: readonly Scenario[] = [
  ...moves,
  ...lives,
  ...containers,
  ...sides,
  ...blind,
  ...adoption,
  ...handKept
]
export type { Scenario }
