import { adoption } from './adoption.ts'
import { blind } from './blind.ts'
import { containers } from './containers.ts'
import { handKept } from './hand-kept.ts'
import { lives } from './lives.ts'
import { moves } from './moves.ts'
import { parts } from './parts.ts'
import type { Scenario } from './scenario.ts'
import { sides } from './sides.ts'
import { staticAddresses } from './static-addresses.ts'
import { units } from './units.ts'

/** What happens to identities, and to what hangs on them, on either side. */
export const scenarios: readonly Scenario[] = [
  ...moves,
  ...lives,
  ...containers,
  ...staticAddresses,
  ...sides,
  ...blind,
  ...adoption,
  ...parts,
  ...units,
  ...handKept
]
export type { Scenario }
