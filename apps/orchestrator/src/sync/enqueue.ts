import { ProxboxError, syncTypes } from '@proxbox/contracts'
import { type Database, eq, sql, type Transaction } from '@proxbox/database'
import { v7 } from 'uuid'
import { type RunRow, runs } from '../db/schema.ts'
import { insertFrames, insertWakeUp } from '../runs/change-run.ts'
import { readBusyRun } from '../runs/read-runs.ts'
import type { WantedSync } from './merge-request.ts'
import type { Target } from './resolve-endpoints.ts'

export type NewRun = Omit<typeof runs.$inferInsert, 'runId' | 'state'>

/** Pure: the Run that a request makes for one NetBox; the lease lasts as long as a write may, and the margin. */
export function newRun(
  wanted: WantedSync,
  target: Target,
  facts: { readonly user: string; readonly group: string; readonly leaseMarginMs: number }
): NewRun {
  return {
    name: wanted.name ?? nameOf(wanted, target),
    group: facts.group,
    origin: wanted.origin,
    syncTypes: [...wanted.syncTypes],
    scope: {
      proxmox_endpoint_ids: [...wanted.proxmoxEndpointIds],
      netbox_vm_ids: [...wanted.netboxVmIds]
    },
    options: wanted.options,
    mode: wanted.mode,
    netboxEndpointId: target.netboxEndpointId,
    netboxName: target.name,
    netbox: target.netbox,
    fastapiEndpointId: wanted.fastapiEndpointId,
    leaseMs: target.writeTimeoutSeconds * 1000 + facts.leaseMarginMs,
    user: facts.user,
    timeoutSeconds: wanted.timeoutSeconds
  }
}

const nameOf = ({ syncTypes: wanted, mode }: WantedSync, { name }: Target): string => {
  const what = wanted.length === syncTypes.length ? 'full update' : wanted.join(', ')
  return `${mode === 'plan' ? 'plan ' : ''}${what} of ${name}`.slice(0, 200)
}

/**
 * Stores Runs as queued, all or none, each with its first Frame and a wake-up.
 *
 * @throws ProxboxError NETBOX_BUSY when the request does not want to wait and one of its NetBoxes has work
 */
export async function enqueueRuns(
  database: Database,
  wanted: readonly NewRun[],
  isQueueing: boolean
): Promise<readonly RunRow[]> {
  return await database.transaction(async (tx) => {
    if (!isQueueing) for (const run of wanted) await requireIdle(tx, run)
    const rows: RunRow[] = []
    for (const run of wanted) rows.push(await insertRun(tx, run))
    return rows
  })
}

/**
 * Stores one Run as queued, with its first Frame and a wake-up.
 *
 * @throws ProxboxError CONFLICT when the Run whose Plan or Changes it needs is older than retention
 */
export async function insertRun(tx: Transaction, run: NewRun): Promise<RunRow> {
  if (run.planRunId != null) await lockPlanned(tx, run.planRunId)
  const busy = await readBusyRun(tx, run.netbox)
  const waiting = busy === undefined ? {} : { waiting_for: { reason: 'NetBox busy', run: busy.id } }
  const [row] = await tx
    .insert(runs)
    .values({ ...run, runId: v7(), state: 'queued' })
    .returning()
  if (row === undefined) throw new Error('a Run was not stored')
  await insertFrames(tx, row, [{ event: 'state', data: { state: 'queued', ...waiting } }])
  await insertWakeUp(tx, row)
  return row
}

/** Until this transaction ends retention does not take it; from then on it sees that it is needed. */
async function lockPlanned(tx: Transaction, runId: string): Promise<void> {
  const [row] = await tx.select().from(runs).where(eq(runs.runId, runId)).for('share')
  if (row === undefined)
    throw new ProxboxError('CONFLICT', {
      detail: `Run ${runId}, whose Plan or Changes this needs, ended more than run_retention_days ago and is not kept any more: start a new plan or sync.`
    })
}

/** Two requests that do not want to wait cannot both find the NetBox idle. */
async function requireIdle(tx: Transaction, run: NewRun): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext(${`proxbox:netbox:${run.netbox}`}))`)
  const busy = await readBusyRun(tx, run.netbox)
  if (busy !== undefined)
    throw new ProxboxError('NETBOX_BUSY', { netbox: run.netboxName, run: busy.id })
}
