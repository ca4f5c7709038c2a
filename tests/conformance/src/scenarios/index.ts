import { access } from './access.ts'
import { addresses } from './addresses.ts'
import { bulk } from './bulk.ts'
import { client } from './client.ts'
import { guests } from './guests.ts'
import { history } from './history.ts'
import { lists } from './lists.ts'
import { requiredFields } from './required-fields.ts'
import { requiredTypes } from './required-types.ts'
import type { Scenario } from './scenario.ts'
import { tagsAndFields } from './tags-and-fields.ts'
import { urlFields } from './url-fields.ts'
import { writes } from './writes.ts'

/** Everything a NetBox is asked, in no particular order: each scenario begins with an empty one. */
export const scenarios: readonly Scenario[] = [
  ...access,
  ...lists,
  ...writes,
  ...bulk,
  ...tagsAndFields,
  ...requiredFields,
  ...requiredTypes,
  ...urlFields,
  ...guests,
  ...addresses,
  ...history,
  ...client
]
