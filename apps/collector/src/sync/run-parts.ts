import type { Bus } from '@proxbox/bus'
import type { CompleteResult, SyncType } from '@proxbox/contracts'
import type { StreamQuery } from '../backend/query.ts'
import type { Reporter } from '../backend/reporter.ts'
import type { Lease } from '../lease/lease.ts'

/** What a Run works with. */
export interface SyncParts {
  readonly bus: Pick<Bus, 'ask'>
  readonly lease: Lease
  readonly reporter: Reporter
  readonly query: StreamQuery
  readonly types: readonly SyncType[]
  readonly netboxOptions: { readonly lanes: number; readonly batchSize: number }
  readonly now: () => Date
}

/** What a Run has come to; the reporter completes it with its counts. */
export type SyncResult = Omit<CompleteResult, 'counts'>
