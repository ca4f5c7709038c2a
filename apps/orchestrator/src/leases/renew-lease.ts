import { type LeaseState, ProxboxError } from '@proxbox/contracts'
import { and, type Database, eq, gt, sql, type Transaction } from '@proxbox/database'
import type { Static } from 'typebox'
import { leases, type RunRow, runs } from '../db/schema.ts'
import { leaseExpiry } from './take-lease.ts'

export interface Claim {
  readonly run_id: string
  readonly attempt: number
}

/**
 * Prolongs the lease of an attempt by its whole length, counted by the database's clock.
 *
 * @throws ProxboxError LEASE_LOST when the Run is not running, another attempt has begun, or the lease has run out
 */
export async function renewLease(
  database: Database,
  claim: Claim
): Promise<Static<typeof LeaseState>> {
  const lost = () => new ProxboxError('LEASE_LOST', { run: claim.run_id, attempt: claim.attempt })
  return await database.transaction(async (tx) => {
    const [row] = await tx
      .select()
      .from(runs)
      .where(
        and(
          eq(runs.runId, claim.run_id),
          eq(runs.attempt, claim.attempt),
          eq(runs.state, 'running')
        )
      )
      .for('share')
    if (row === undefined) throw lost()
    const [lease] = await tx
      .update(leases)
      .set({ expiresAt: leaseExpiry(row.leaseMs) })
      .where(
        and(
          eq(leases.netbox, row.netbox),
          eq(leases.run, row.id),
          eq(leases.attempt, row.attempt),
          gt(leases.expiresAt, sql`clock_timestamp()`)
        )
      )
      .returning()
    if (lease === undefined) throw lost()
    return leaseState(row, { expiresAt: lease.expiresAt, planRun: await planRunOf(tx, row) })
  })
}

async function planRunOf(tx: Transaction, { planRunId }: RunRow): Promise<number | null> {
  if (planRunId === null) return null
  const [planned] = await tx.select({ id: runs.id }).from(runs).where(eq(runs.runId, planRunId))
  return planned?.id ?? null
}

const leaseState = (
  row: RunRow,
  { expiresAt, planRun }: { readonly expiresAt: Date; readonly planRun: number | null }
): Static<typeof LeaseState> => ({
  expires_at: expiresAt.toISOString(),
  remaining_ms: row.leaseMs,
  cancelled: row.cancelRequested,
  netbox_endpoint_id: row.netboxEndpointId,
  netbox: row.netbox,
  mode: row.mode,
  plan_run_id: row.planRunId,
  plan_run: planRun,
  plan_only: row.mode === 'undo' && row.options.plan_only === true
})
