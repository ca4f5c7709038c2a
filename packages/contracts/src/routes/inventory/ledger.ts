import Type from 'typebox'
import { Adoption, Outcome } from '../../changes.ts'
import { Intent, LedgerRow } from '../../ledger.ts'
import type { Route } from '../route.ts'
import { internal, keyPage, keyPageOf, stored, writer } from './callers.ts'

/** What we wrote last, and what is being written. */
export const ledgerRoutes: readonly Route[] = [
  {
    ...internal,
    operationId: 'readLedger',
    method: 'GET',
    path: '/internal/ledger/',
    summary: 'Ledger rows of one NetBox in key order',
    query: keyPage(20_000),
    reply: keyPageOf(LedgerRow)
  },
  {
    ...internal,
    operationId: 'readIntents',
    method: 'GET',
    path: '/internal/intents/',
    summary: 'Announced writes of one NetBox without a recorded outcome',
    query: keyPage(5000),
    reply: keyPageOf(Intent)
  },
  {
    ...internal,
    operationId: 'recordIntents',
    method: 'POST',
    path: '/internal/intents/',
    summary: 'Announce writes before they are sent',
    body: Type.Object({ ...writer, intents: Type.Array(Intent, { maxItems: 500 }) }),
    reply: stored
  },
  {
    ...internal,
    operationId: 'recordOutcomes',
    method: 'POST',
    path: '/internal/outcomes/',
    summary:
      'What became of announced writes: Ledger, Changes, Items and the change feed follow in one transaction',
    body: Type.Object({ ...writer, outcomes: Type.Array(Outcome, { maxItems: 500 }) }),
    reply: stored
  },
  {
    ...internal,
    operationId: 'recordAdoptions',
    method: 'POST',
    path: '/internal/adoptions/',
    summary: 'Objects found in NetBox that the Ledger records without a write',
    body: Type.Object({ ...writer, adoptions: Type.Array(Adoption, { maxItems: 500 }) }),
    reply: stored
  }
]
