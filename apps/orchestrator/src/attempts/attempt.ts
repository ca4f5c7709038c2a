import { type ErrorFacts, errorFacts, ProxboxError } from '@proxbox/contracts'
import type { RunRow } from '../db/schema.ts'
import { type AttemptParts, follow, type Outcome, type Work } from './follow-attempt.ts'
import { StreamFailed } from './follow-call.ts'
import { Replaced } from './report.ts'
import { settleAttempt } from './settle-attempt.ts'
import { takeIdentity } from './take-identity.ts'

type CutReason = 'cancelled' | 'timeout' | 'stopping' | 'replaced'

/** One attempt of one Run, from its lease to its end. */
export interface Attempt {
  readonly row: RunRow
  /** The Run was cancelled: the backend may end by itself for a moment, then it is cut. */
  cancel(): void
  cut(reason: CutReason): void
  /** Never rejects. */
  readonly done: Promise<void>
}

export function startAttempt(row: RunRow, parts: AttemptParts): Attempt {
  const work: Work = {
    row,
    parts,
    cutting: new AbortController(),
    isOpen: false,
    keepsLease: false
  }
  const timers: NodeJS.Timeout[] = []
  const cut = (reason: CutReason) => work.cutting.abort(reason)
  const endMs = (row.started?.getTime() ?? Date.now()) + row.timeoutSeconds * 1000
  timers.push(setTimeout(() => cut('timeout'), Math.max(0, endMs - Date.now())))
  let isCancelled = false
  const cancel = () => {
    if (isCancelled) return
    isCancelled = true
    if (work.isOpen && work.keepsLease)
      timers.push(setTimeout(() => cut('cancelled'), parts.cancelGraceMs))
    else cut('cancelled')
  }
  const done = runToEnd(work).finally(() => {
    for (const timer of timers) clearTimeout(timer)
  })
  return { row, cancel, cut, done }
}

async function runToEnd(work: Work): Promise<void> {
  const { row, parts } = work
  const change = await changeOf(work)
  if (change === undefined) return
  if (lostLease(change)) await takeFoundIdentity(work)
  await settleAttempt(row, { ...change, pausesMs: parts.pausesMs }, parts)
}

const lostLease = ({ transition }: Outcome): boolean =>
  transition.type === 'failed' && transition.error.code === 'LEASE_LOST'

/** A backend that has found another identity than that of its lease says so like this. */
async function takeFoundIdentity({ row, parts, cutting }: Work): Promise<void> {
  try {
    await takeIdentity(row, parts, cutting.signal)
  } catch (error) {
    parts.log.warn({ error, runId: row.runId }, 'identity was not read, the next attempt does')
  }
}

/** Undefined: somebody else decides about this Run now. */
async function changeOf(work: Work): Promise<Outcome | undefined> {
  const { row, parts, cutting } = work
  try {
    return await follow(work)
  } catch (error) {
    const isReplaced = error instanceof Replaced || cutting.signal.reason === 'replaced'
    if (isReplaced) {
      parts.log.info({ runId: row.runId, attempt: row.attempt }, 'attempt was replaced')
      return undefined
    }
    const freesLease = !work.isOpen
    if (cutting.signal.aborted) return { ...cutOutcome(cutting.signal.reason), freesLease }
    const cause = error instanceof StreamFailed ? error.cause : error
    const facts = errorFacts(cause)
    const level = facts.disposition === 'bug' ? 'error' : 'warn'
    parts.log[level]({ error: cause, runId: row.runId, attempt: row.attempt }, 'attempt failed')
    return { transition: { type: 'failed', error: facts, atMs: Date.now() }, freesLease }
  }
}

function cutOutcome(reason: unknown): Pick<Outcome, 'transition'> {
  if (reason === 'timeout') return { transition: { type: 'timed-out' } }
  const code = reason === 'cancelled' ? 'RUN_CANCELLED' : 'SERVICE_UNAVAILABLE'
  const error: ErrorFacts = errorFacts(new ProxboxError(code, { service: 'orchestrator' }))
  return { transition: { type: 'failed', error, atMs: Date.now() } }
}
