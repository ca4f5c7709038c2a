import type { Route } from '../route.ts'
import { changeRoutes } from './changes.ts'
import { conflictRoutes } from './conflicts.ts'
import { gapRoutes } from './gaps.ts'
import { itemRoutes } from './items.ts'
import { ledgerRoutes } from './ledger.ts'
import { planRoutes } from './plans.ts'
import { quarantineRoutes } from './quarantine.ts'
import { seenAddressRoutes } from './seen-addresses.ts'

export const inventoryRoutes: readonly Route[] = [
  ...ledgerRoutes,
  ...seenAddressRoutes,
  ...planRoutes,
  ...changeRoutes,
  ...itemRoutes,
  ...conflictRoutes,
  ...gapRoutes,
  ...quarantineRoutes
]
