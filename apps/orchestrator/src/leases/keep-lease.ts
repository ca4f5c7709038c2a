import { ProxboxError } from '@proxbox/contracts'
import type { Database } from '@proxbox/database'
import type { ServiceContext } from '@proxbox/service-kit'
import type { RunRow } from '../db/schema.ts'
import { renewLease } from './renew-lease.ts'

interface KeepParts {
  readonly database: Database
  readonly log: ServiceContext<unknown>['log']
  readonly renewMs: number
}

/** Renews the lease of an attempt for a backend that knows of none, until the returned function is called. */
export function keepLease(row: RunRow, parts: KeepParts, onLost: () => void): () => void {
  const { database, log } = parts
  const renew = async () => {
    try {
      await renewLease(database, { run_id: row.runId, attempt: row.attempt })
    } catch (error) {
      if (error instanceof ProxboxError && error.code === 'LEASE_LOST') onLost()
      else log.warn({ error, runId: row.runId }, 'lease was not renewed')
    }
  }
  const timer = setInterval(() => void renew(), Math.min(parts.renewMs, row.leaseMs / 3))
  return () => clearInterval(timer)
}
