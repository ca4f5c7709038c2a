import {
  type ErrorFacts,
  type Event,
  errorFacts,
  isEnded,
  ProxboxError,
  type ReportedError
} from '@proxbox/contracts'
import { and, eq, type Transaction } from '@proxbox/database'
import { leases, outbox, type RunRow, runs } from '../db/schema.ts'
import { retryEvent } from '../frames/retry-event.ts'
import { listedErrors } from '../frames/shape-event.ts'
import { endingEvents } from './complete-events.ts'
import { lastError } from './last-error.ts'
import { type LifeOfRun, type NextState, nextState, type Transition } from './next-state.ts'

/** What an attempt brought home, beside the state. */
export interface RunResult {
  readonly counts: RunRow['counts']
  readonly gaps: RunRow['gaps']
  readonly held: number
  readonly plan: number | null
  readonly errors: readonly ReportedError[]
  readonly errorsTotal: number
}

export interface Change {
  readonly transition: Transition
  readonly result?: RunResult
  /** True only when nothing of the attempt can still reach NetBox. */
  readonly freesLease?: boolean
  /** The Run that approval has started. */
  readonly appliedBy?: number
  readonly pausesMs: readonly number[]
}

const lifeOf = (row: RunRow): LifeOfRun => ({
  state: row.state,
  attempt: row.attempt,
  startedMs: row.started?.getTime() ?? null,
  timeoutMs: row.timeoutSeconds * 1000,
  isCancelRequested: row.cancelRequested
})

/**
 * Applies one transition to a row that `tx` has locked, with its Frames in the same transaction.
 * Undefined: it does not apply any more; nothing was changed.
 */
export async function changeRun(
  tx: Transaction,
  row: RunRow,
  change: Change
): Promise<RunRow | undefined> {
  const next = nextState(lifeOf(row), change.transition, change.pausesMs)
  if (next === undefined) return undefined
  const attempts = change.pausesMs.length + 1
  const cause = next.state === 'failed' ? failureOf(row, next.error, attempts) : undefined
  const columns = {
    ...columnsOf(row, next, cause),
    ...resultColumns(row, next, { result: change.result, cause }),
    hasWritten: row.hasWritten || mayHaveWritten(change),
    ...(change.appliedBy === undefined ? {} : { appliedBy: change.appliedBy })
  }
  const [changed] = await tx
    .update(runs)
    .set({ ...columns, lastUpdated: new Date() })
    .where(eq(runs.id, row.id))
    .returning()
  if (changed === undefined) return undefined
  if (change.freesLease === true) await freeLease(tx, row)
  await announce(tx, { before: row, after: changed, attempts })
  return changed
}

/** Pure: did the attempt that ends write? One that left its backend at work, or was lost, may have. */
function mayHaveWritten({ transition, result, freesLease }: Change): boolean {
  if (result !== undefined)
    return Object.values(result.counts).some((one) => one.created + one.updated + one.deleted > 0)
  if (transition.type === 'attempt-lost') return true
  return (transition.type === 'failed' || transition.type === 'timed-out') && freesLease === false
}

/** Deletes the lease of this attempt, and no other's; the Run may have been given another NetBox meanwhile. */
async function freeLease(tx: Transaction, row: RunRow): Promise<void> {
  await tx.delete(leases).where(and(eq(leases.run, row.id), eq(leases.attempt, row.attempt)))
}

interface Changed {
  readonly before: RunRow
  readonly after: RunRow
  /** That a Run has at most. */
  readonly attempts: number
}

async function announce(tx: Transaction, { before, after, attempts }: Changed): Promise<void> {
  if (after.cancelRequested && !before.cancelRequested) {
    const parameters = { run_id: after.runId }
    await tx.insert(outbox).values({ channel: 'cancel', parameters, payload: parameters })
  }
  if (after.state === before.state) return
  // The Frames of a Run end with `complete`, which it has had when it waited for approval.
  if (before.state === 'awaiting_approval') return
  const retry = retryEvent(after, attempts)
  if (retry !== undefined) await insertFrames(tx, after, [retry])
  if (after.state === 'queued') await insertFrames(tx, after, [queuedEvent(after)])
  await insertFrames(tx, after, endingEvents(after))
}

const backendErrors = ['BACKEND_UNAVAILABLE', 'BACKEND_SILENT', 'BACKEND_INCOMPLETE']

/** Pure: what a Run between two attempts waits for. */
export const retryReason = (error: ReportedError): string =>
  backendErrors.includes(error.code) ? 'backend unavailable' : 'next attempt'

const queuedEvent = (row: RunRow): Event => ({
  event: 'state',
  data: {
    state: 'queued',
    ...(row.lastError === null ? {} : { waiting_for: { reason: retryReason(row.lastError) } })
  }
})

/** Rows of the outbox that become Frames, in this order. */
export async function insertFrames(
  tx: Transaction,
  row: RunRow,
  events: readonly Event[]
): Promise<void> {
  for (const event of events) {
    const id = event.event === 'state' ? event.data.state : event.event
    await tx.insert(outbox).values({
      channel: 'frames',
      parameters: { run_id: row.runId },
      payload: { event, attempt: row.attempt, message_id: `${row.runId}:${row.attempt}:${id}` }
    })
  }
}

export const insertWakeUp = async (tx: Transaction, row: RunRow): Promise<void> => {
  const payload = { run_id: row.runId }
  await tx.insert(outbox).values({ channel: 'work', parameters: {}, payload })
}

function columnsOf(row: RunRow, next: NextState, cause?: ErrorFacts): Partial<RunRow> {
  const now = new Date()
  switch (next.state) {
    case 'queued':
      return { state: 'queued', due: new Date(next.dueMs), lastError: reported(next.why) }
    case 'running':
      return 'attempt' in next
        ? { state: 'running', attempt: next.attempt, started: row.started ?? now, lastError: null }
        : { cancelRequested: true }
    case 'failed':
      return { state: 'failed', ended: now, error: reported(cause) }
    case 'cancelled': {
      const byPerson = errorFacts(new ProxboxError('RUN_CANCELLED', { run: row.id }))
      return { state: 'cancelled', ended: now, error: reported(next.error ?? byPerson) }
    }
    case 'awaiting_approval':
      return { state: 'awaiting_approval', awaitingSince: now }
    default:
      return { state: next.state, ...(isEnded(next.state) ? { ended: row.ended ?? now } : {}) }
  }
}

const failureOf = (row: RunRow, error: ErrorFacts | 'timeout', attempts: number): ErrorFacts =>
  error === 'timeout'
    ? errorFacts(new ProxboxError('RUN_TIMEOUT', { run: row.id, seconds: row.timeoutSeconds }))
    : lastError(error, { run: row.id, attempt: row.attempt, attempts })

const reported = (facts: ErrorFacts | undefined): ReportedError | null =>
  facts === undefined
    ? null
    : { detail: facts.detail, code: facts.code, disposition: facts.disposition }

interface Brought {
  readonly result: RunResult | undefined
  readonly cause: ErrorFacts | undefined
}

/** A failed Run lists the error that ended it first, and once. */
function resultColumns(row: RunRow, next: NextState, { result, cause }: Brought): Partial<RunRow> {
  if (next.state === 'queued' || next.state === 'running') return {}
  const known = result?.errors ?? row.errors
  const total = result?.errorsTotal ?? row.errorsTotal
  const errors = cause === undefined ? known : withCause(known, cause)
  return {
    errors: listedErrors(errors),
    errorsTotal: Math.max(total + (errors.length - known.length), errors.length),
    ...(result === undefined
      ? {}
      : { counts: result.counts, gaps: result.gaps, held: result.held, plan: result.plan })
  }
}

/** The backend has told it too, without what follows from it. */
function withCause(known: readonly ReportedError[], cause: ErrorFacts): ReportedError[] {
  const { detail, code, disposition } = cause
  const others = known.filter((one) => one.code !== code || !detail.startsWith(one.detail))
  return [{ detail, code, disposition }, ...others]
}
