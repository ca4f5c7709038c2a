import type { ErrorFacts, RunState } from '@proxbox/contracts'

/** What a transition looks at. Times are epoch milliseconds. */
export interface LifeOfRun {
  readonly state: RunState
  /** Attempts begun so far. */
  readonly attempt: number
  readonly startedMs: number | null
  readonly timeoutMs: number
  readonly isCancelRequested: boolean
}

export type Transition =
  | { readonly type: 'enqueued'; readonly atMs: number }
  | { readonly type: 'leased'; readonly atMs: number }
  | { readonly type: 'settled'; readonly outcome: 'succeeded' | 'degraded' | 'awaiting_approval' }
  | { readonly type: 'failed'; readonly error: ErrorFacts; readonly atMs: number }
  /** Nobody heard of the attempt until its lease ran out. */
  | { readonly type: 'attempt-lost'; readonly error: ErrorFacts; readonly atMs: number }
  | { readonly type: 'timed-out' }
  | { readonly type: 'cancelled' }
  | { readonly type: 'approved' }
  /** Nobody has approved it in time. */
  | { readonly type: 'expired'; readonly error: ErrorFacts }

export type NextState =
  | { readonly state: 'queued'; readonly dueMs: number; readonly why?: ErrorFacts }
  | { readonly state: 'running'; readonly attempt: number }
  /** It runs until its backend has stopped. */
  | { readonly state: 'running'; readonly isCancelRequested: true }
  | { readonly state: 'awaiting_approval' | 'succeeded' | 'degraded' }
  /** Without an error: a person has cancelled it. */
  | { readonly state: 'cancelled'; readonly error?: ErrorFacts }
  /** Without an error: the time of the Run is over. */
  | { readonly state: 'failed'; readonly error: ErrorFacts | 'timeout' }

/**
 * Pure: what becomes of a Run. `pausesMs` are the pauses between attempts, so there is one more attempt than pauses.
 * Undefined: the transition does not apply in this state, and nothing changes (a late or repeated report).
 */
export function nextState(
  life: LifeOfRun | undefined,
  transition: Transition,
  pausesMs: readonly number[]
): NextState | undefined {
  if (life === undefined)
    return transition.type === 'enqueued' ? { state: 'queued', dueMs: transition.atMs } : undefined
  switch (life.state) {
    case 'queued':
      return fromQueued(life, transition)
    case 'running':
      return fromRunning(life, transition, pausesMs)
    case 'awaiting_approval':
      return fromAwaiting(transition)
    case 'succeeded':
    case 'degraded':
    case 'failed':
    case 'cancelled':
      return undefined
  }
}

function fromAwaiting(transition: Transition): NextState | undefined {
  switch (transition.type) {
    case 'cancelled':
      return { state: 'cancelled' }
    case 'expired':
      return { state: 'cancelled', error: transition.error }
    case 'approved':
      return { state: 'succeeded' }
    default:
      return undefined
  }
}

function fromQueued(life: LifeOfRun, transition: Transition): NextState | undefined {
  switch (transition.type) {
    case 'cancelled':
      return { state: 'cancelled' }
    case 'timed-out':
      return { state: 'failed', error: 'timeout' }
    case 'leased':
      return isOver(life, transition.atMs)
        ? { state: 'failed', error: 'timeout' }
        : { state: 'running', attempt: life.attempt + 1 }
    default:
      return undefined
  }
}

function fromRunning(
  life: LifeOfRun,
  transition: Transition,
  pausesMs: readonly number[]
): NextState | undefined {
  switch (transition.type) {
    case 'cancelled':
      return { state: 'running', isCancelRequested: true }
    case 'settled':
      return life.isCancelRequested ? { state: 'cancelled' } : { state: transition.outcome }
    case 'timed-out':
      return life.isCancelRequested ? { state: 'cancelled' } : { state: 'failed', error: 'timeout' }
    case 'failed':
    case 'attempt-lost':
      if (life.isCancelRequested) return { state: 'cancelled' }
      return afterFailure(life, transition, pausesMs)
    default:
      return undefined
  }
}

function afterFailure(
  life: LifeOfRun,
  { error, atMs }: { error: ErrorFacts; atMs: number },
  pausesMs: readonly number[]
): NextState {
  if (isOver(life, atMs)) return { state: 'failed', error: 'timeout' }
  const pauseMs = pausesMs[life.attempt - 1]
  if (error.disposition !== 'wait' || pauseMs === undefined) return { state: 'failed', error }
  // A next attempt that would begin after the end of the Run's time is none.
  if (isOver(life, atMs + pauseMs)) return { state: 'failed', error }
  return { state: 'queued', dueMs: atMs + pauseMs, why: error }
}

const isOver = ({ startedMs, timeoutMs }: LifeOfRun, atMs: number): boolean =>
  startedMs !== null && atMs >= startedMs + timeoutMs
