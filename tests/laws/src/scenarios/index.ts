import { adoption } from './adoption.ts'
import { blind } from './blind.ts'
import { containers } from './containers.ts'
import { freedNames } from './freed-names.ts'
import { handKept } from './hand-kept.ts'
import { lives } from './lives.ts'
import { moves } from './moves.ts'
import { networks } from './networks.ts'
import { parts } from './parts.ts'
import { refusedParts } from './refused-parts.ts'
import { remadeFields } from './remade-fields.ts'
import { requiredFields } from './required-fields.ts'
import type { Scenario } from './scenario.ts'
import { settings } from './settings.ts'
import { sides } from './sides.ts'
import { staticAddresses } from './static-addresses.ts'
import { units } from './units.ts'
import { waitingAddresses } from './waiting-addresses.ts'

/** What happens to identities, and to what hangs on them, on either side. */
export const scenarios: readonly Scenario[] = [
  ...moves,
  ...lives,
  ...containers,
  ...freedNames,
  ...staticAddresses,
  ...waitingAddresses,
  ...networks,
  ...sides,
  ...blind,
  ...adoption,
  ...parts,
  ...units,
  ...settings,
  ...handKept,
  ...requiredFields,
  ...refusedParts,
  ...remadeFields
]
export type { Scenario }
