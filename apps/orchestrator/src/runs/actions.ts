import type { Bus } from '@proxbox/bus'
import { type NetBoxEndpoint, ProxboxError } from '@proxbox/contracts'
import type { Database } from '@proxbox/database'
import type { Static } from 'typebox'
import { v7 } from 'uuid'
import type { RunRow } from '../db/schema.ts'
import { insertRun, type NewRun } from '../sync/enqueue.ts'
import { changeRun } from './change-run.ts'
import { lockRun, readRun } from './read-runs.ts'

export interface ActionParts {
  readonly database: Database
  readonly bus: Pick<Bus, 'ask'>
}

/**
 * Cancels: what waits ends at once, what runs is told to stop, what awaits approval is rejected.
 *
 * @throws ProxboxError NOT_FOUND, RUN_NOT_CANCELLABLE
 */
export async function cancelRun({ database }: ActionParts, id: string): Promise<RunRow> {
  return await database.transaction(async (tx) => {
    const row = await lockRun(tx, id)
    const changed = await changeRun(tx, row, { transition: { type: 'cancelled' }, pausesMs: [] })
    if (changed === undefined)
      throw new ProxboxError('RUN_NOT_CANCELLABLE', { run: row.id, state: row.state })
    return changed
  })
}

/** Pure: the request of a Run, as a new one. */
const again = (row: RunRow, user: string): NewRun => ({
  name: row.name,
  group: v7(),
  parent: row.id,
  origin: 'api',
  syncTypes: row.syncTypes,
  scope: row.scope,
  options: row.options,
  mode: row.mode,
  netboxEndpointId: row.netboxEndpointId,
  netboxName: row.netboxName,
  netbox: row.netbox,
  fastapiEndpointId: row.fastapiEndpointId,
  leaseMs: row.leaseMs,
  planRunId: row.planRunId,
  user,
  timeoutSeconds: row.timeoutSeconds
})

/** Enqueues the same again. @throws ProxboxError NOT_FOUND */
export async function rerunRun(
  { database, bus }: ActionParts,
  id: string,
  user: string
): Promise<RunRow> {
  const row = await database.transaction((orm) => readRun({ orm }, id))
  if (row.mode === 'apply') await requireWrites(bus, row)
  return await database.transaction((tx) => insertRun(tx, again(row, user)))
}

/**
 * Starts a Run that writes what the approved one has planned; the approved one has then succeeded.
 *
 * @throws ProxboxError NOT_FOUND, RUN_NOT_APPROVABLE, WRITES_OFF
 */
export async function approveRun(
  { database, bus }: ActionParts,
  id: string,
  user: string
): Promise<RunRow> {
  const found = await database.transaction((orm) => readRun({ orm }, id))
  requireWaiting(found)
  await requireWrites(bus, found)
  return await database.transaction(async (tx) => {
    const row = await lockRun(tx, id)
    requireWaiting(row)
    await changeRun(tx, row, { transition: { type: 'approved' }, pausesMs: [] })
    const apply = { mode: 'apply', planRunId: row.runId, group: row.group } as const
    const name = `apply ${row.name}`.slice(0, 200)
    return await insertRun(tx, { ...again(row, user), ...apply, name })
  })
}

function requireWaiting(row: RunRow): void {
  if (row.state !== 'awaiting_approval')
    throw new ProxboxError('RUN_NOT_APPROVABLE', { run: row.id, state: row.state })
}

async function requireWrites(bus: Pick<Bus, 'ask'>, row: RunRow): Promise<void> {
  const netbox = await bus.ask<Static<typeof NetBoxEndpoint>>('readNetBoxEndpoint', {
    params: { id: row.netboxEndpointId }
  })
  if (netbox.write_mode.value === 'off')
    throw new ProxboxError('WRITES_OFF', { endpoint: netbox.name })
}
