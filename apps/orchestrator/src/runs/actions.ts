import type { Bus } from '@proxbox/bus'
import { errorFromFacts, isEnded, type Principal, ProxboxError } from '@proxbox/contracts'
import type { Database } from '@proxbox/database'
import { v7 } from 'uuid'
import type { RunRow } from '../db/schema.ts'
import { insertRun, type NewRun } from '../sync/enqueue.ts'
import { changeRun } from './change-run.ts'
import { lockRun, readRun } from './read-runs.ts'
import { requireTarget } from './require-target.ts'

export interface ActionParts {
  readonly database: Database
  readonly bus: Pick<Bus, 'ask'>
}

/** Which Run, and who asks; a Run that the Principal may not see does not exist for it. */
export interface Wanted {
  readonly id: string
  readonly principal: Principal
}

/**
 * Cancels: what waits ends at once, what runs is told to stop, what awaits approval is rejected.
 *
 * @throws ProxboxError NOT_FOUND, RUN_NOT_CANCELLABLE
 */
export async function cancelRun({ database }: ActionParts, wanted: Wanted): Promise<RunRow> {
  return await database.transaction(async (tx) => {
    const row = await lockRun(tx, wanted)
    const changed = await changeRun(tx, row, { transition: { type: 'cancelled' }, pausesMs: [] })
    if (changed === undefined)
      throw new ProxboxError('RUN_NOT_CANCELLABLE', { run: row.id, state: stateText(row) })
    return changed
  })
}

/** Pure: the state of a Run within a sentence. */
function stateText(row: RunRow): string {
  if (row.appliedBy !== null) return `approved, and Run ${row.appliedBy} writes what it has planned`
  return row.state.replaceAll('_', ' ')
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

/** What a Run of this mode needs beside the right to enqueue: it writes without asking again. */
const permissionOf: Readonly<Partial<Record<RunRow['mode'], string>>> = {
  apply: 'netbox_proxbox.approve_run',
  undo: 'netbox_proxbox.undo_run'
}

/**
 * Enqueues the same again. An apply and an undo go on where they ended, since what is done already is left out; whoever
 * may only sync must not write by them.
 *
 * @throws ProxboxError NOT_FOUND, PERMISSION_DENIED, CONFLICT, WRITES_OFF
 */
export async function rerunRun(
  { database, bus }: ActionParts,
  { id, principal }: Wanted
): Promise<RunRow> {
  const row = await database.transaction((orm) => readRun({ orm }, { id, principal }))
  const permission = permissionOf[row.mode]
  const { superuser, permissions } = principal
  if (permission !== undefined && !superuser && !permissions.includes(permission))
    throw new ProxboxError('PERMISSION_DENIED', { permission })
  await requireTarget(bus, row, { writes: permission !== undefined })
  return await database.transaction((tx) => insertRun(tx, again(row, principal.user)))
}

/**
 * Starts a Run that writes what the approved one has planned; the approved one has then succeeded. A planned undo is
 * followed by the undo itself, everything else by an apply.
 *
 * @throws ProxboxError NOT_FOUND, RUN_NOT_APPROVABLE, RUN_EXPIRED, CONFLICT, WRITES_OFF
 */
export async function approveRun({ database, bus }: ActionParts, wanted: Wanted): Promise<RunRow> {
  const found = await database.transaction((orm) => readRun({ orm }, wanted))
  requireWaiting(found)
  await requireTarget(bus, found, { writes: true })
  return await database.transaction(async (tx) => {
    const row = await lockRun(tx, wanted)
    requireWaiting(row)
    const started = await insertRun(tx, {
      ...again(row, wanted.principal.user),
      ...(row.mode === 'undo' ? realUndo(row) : applyOf(row)),
      group: row.group
    })
    const change = {
      transition: { type: 'approved' },
      appliedBy: started.id,
      pausesMs: []
    } as const
    await changeRun(tx, row, change)
    return started
  })
}

const applyOf = (row: RunRow) =>
  ({ mode: 'apply', planRunId: row.runId, name: nameOf('apply', row.name) }) as const

/** The same Run is taken back, this time really. */
function realUndo(row: RunRow) {
  const { plan_only: _shown, ...options } = row.options
  return { options, name: nameOf('undo', row.name.replace(/^plan undo /, '')) }
}

const nameOf = (what: string, name: string): string => `${what} ${name}`.slice(0, 200)

/**
 * Starts a Run that takes back what another has written; with `isPlanOnly` it shows that and awaits approval.
 *
 * @throws ProxboxError NOT_FOUND, RUN_NOT_UNDOABLE, CONFLICT, WRITES_OFF
 */
export async function undoRun(
  { database, bus }: ActionParts,
  { id, principal, isPlanOnly }: Wanted & { readonly isPlanOnly: boolean }
): Promise<RunRow> {
  const row = await database.transaction((orm) => readRun({ orm }, { id, principal }))
  const problem = reasonAgainstUndo(row)
  if (problem !== undefined) throw new ProxboxError('RUN_NOT_UNDOABLE', { run: row.id, problem })
  await requireTarget(bus, row, { writes: true })
  const { plan_only: _other, ...options } = row.options
  // Nothing of an ended Run changes any more; that it is still here then, insertRun sees to.
  return await database.transaction((tx) =>
    insertRun(tx, {
      ...again(row, principal.user),
      mode: 'undo',
      planRunId: row.runId,
      options: isPlanOnly ? { ...options, plan_only: true } : options,
      name: nameOf(isPlanOnly ? 'plan undo' : 'undo', row.name)
    })
  )
}

/** Pure: why a Run has nothing to take back, or not yet. */
function reasonAgainstUndo(row: RunRow): string | undefined {
  if (row.state === 'awaiting_approval' && row.hasWritten)
    return 'awaits approval for the rest (approve or reject it first)'
  if (!isEnded(row.state)) return `is ${row.state.replaceAll('_', ' ')}`
  if (row.mode === 'plan' || row.options.plan_only === true)
    return row.appliedBy === null
      ? 'has only planned'
      : `has only planned (Run ${row.appliedBy} wrote that)`
  return row.hasWritten ? undefined : 'has written nothing'
}

function requireWaiting(row: RunRow): void {
  if (row.error?.code === 'RUN_EXPIRED') throw errorFromFacts(row.error)
  if (row.state !== 'awaiting_approval')
    throw new ProxboxError('RUN_NOT_APPROVABLE', {
      run: row.id,
      state: stateText(row),
      remedy: remedyOf(row)
    })
}

/** Pure: what to do instead of approving. */
function remedyOf(row: RunRow): string {
  if (row.appliedBy !== null) return `Look at that one with "proxbox show ${row.appliedBy}".`
  return isEnded(row.state)
    ? 'Start a new one with "proxbox plan".'
    : `Follow it with "proxbox watch ${row.id}".`
}
