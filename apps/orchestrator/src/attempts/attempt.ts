import type { Bus } from '@proxbox/bus'
import {
  type CompleteEvent,
  type ErrorFacts,
  errorFacts,
  type NetBoxEndpoint,
  ProxboxError
} from '@proxbox/contracts'
import { and, type Database, eq } from '@proxbox/database'
import { HttpStatusError } from '@proxbox/http'
import type { ServiceContext } from '@proxbox/service-kit'
import type { Static } from 'typebox'
import { type RunRow, runs } from '../db/schema.ts'
import { openFrameWriter } from '../frames/frame-writer.ts'
import { waitForQueued } from '../frames/wait-for-queued.ts'
import { renewLease } from '../leases/renew-lease.ts'
import type { Change } from '../runs/change-run.ts'
import { resultOf } from './attempt-result.ts'
import { type Backend, openBackend, readCapabilities } from './backend.ts'
import { type BackendCall, callsFor } from './calls-for.ts'
import { followCall, StreamFailed } from './follow-call.ts'
import { openReport, Replaced, type Report } from './report.ts'
import { settleAttempt } from './settle-attempt.ts'
import { takeIdentity } from './take-identity.ts'

export interface AttemptParts {
  readonly database: Database
  readonly bus: Pick<Bus, 'ask' | 'publish' | 'lastOf'>
  readonly log: ServiceContext<unknown>['log']
  readonly pausesMs: readonly number[]
  readonly renewMs: number
  readonly cancelGraceMs: number
  readonly backendTimeoutMs: number
}

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

const silenceMs = 45_000
const lastFrameEveryMs = 2000

interface Work {
  readonly row: RunRow
  readonly parts: AttemptParts
  readonly cutting: AbortController
  /** True while the backend may still write to NetBox for this attempt. */
  isOpen: boolean
  /** The backend keeps the lease itself and so hears of a cancel. */
  keepsLease: boolean
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

type Outcome = Omit<Change, 'pausesMs'>

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

async function follow(work: Work): Promise<Outcome> {
  const { row, parts, cutting } = work
  const { bus } = parts
  await waitForQueued(parts.database, row.runId, cutting.signal)
  const writer = await openFrameWriter({ bus, runId: row.runId, attempt: row.attempt })
  const report = openReport(writer, () => performance.now(), lastFrameStamp(work))
  await report.tell({ event: 'state', data: { state: 'running' } })
  const backend = await openBackend(bus, row.fastapiEndpointId, cutting.signal)
  try {
    if (await takeIdentity(row, parts, cutting.signal))
      throw new ProxboxError('LEASE_LOST', { run: row.id, attempt: row.attempt })
    const capabilities = await readCapabilities(backend, cutting.signal)
    const netbox = await bus.ask<Static<typeof NetBoxEndpoint>>(
      'readNetBoxEndpoint',
      { params: { id: row.netboxEndpointId } },
      cutting.signal
    )
    const { name } = backend.connection
    const calls = callsFor(row, { name, capabilities }, netbox.write_mode.value)
    work.keepsLease = capabilities.lease
    const stopRenewing = capabilities.lease ? () => undefined : keepLease(work)
    try {
      return await followAll(work, { backend, report, calls })
    } finally {
      stopRenewing()
    }
  } finally {
    await backend.client.close()
  }
}

interface Road {
  readonly backend: Backend
  readonly report: Report
  readonly calls: readonly BackendCall[]
}

/** Call after call until one fails; a stage that an existing backend does not know is left out with a warning. */
async function followAll(work: Work, { backend, report, calls }: Road): Promise<Outcome> {
  const completes: CompleteEvent['data'][] = []
  const skipped: string[] = []
  for (const call of calls) {
    try {
      const complete = await followOne(work, { backend, report, call })
      completes.push(complete)
      if (!complete.ok) break
    } catch (error) {
      if (!call.isOptional || !isUnknownPath(error)) throw error
      skipped.push(call.path.step)
      await report.tell(skippedStep(backend, call))
    }
  }
  const endpoint = backend.connection.name
  if (completes.length === 0)
    throw new ProxboxError('BACKEND_INCAPABLE', { endpoint, capability: skipped.join(', ') })
  const ended = resultOf(completes, { endpoint, skipped })
  const { result } = ended
  return ended.outcome === 'failed'
    ? {
        transition: { type: 'failed', error: ended.error, atMs: Date.now() },
        result,
        freesLease: true
      }
    : { transition: { type: 'settled', outcome: ended.outcome }, result, freesLease: true }
}

const isUnknownPath = (error: unknown): boolean =>
  error instanceof StreamFailed &&
  error.cause instanceof ProxboxError &&
  error.cause.cause instanceof HttpStatusError &&
  error.cause.cause.status === 404

const skippedStep = ({ connection }: Backend, { path }: BackendCall) =>
  ({
    event: 'step',
    data: {
      step: path.step,
      status: 'warning',
      message: `The sync backend ${connection.name} does not know this stage; it was left out.`,
      code: 'BACKEND_INCAPABLE',
      disposition: 'stop'
    }
  }) as const

async function followOne(
  work: Work,
  { backend, report, call }: { backend: Backend; report: Report; call: BackendCall }
): Promise<CompleteEvent['data']> {
  const options = {
    backend,
    call,
    firstByteTimeoutMs: work.parts.backendTimeoutMs,
    silenceMs,
    sendsComments: work.keepsLease
  }
  work.isOpen = true
  try {
    for await (const event of followCall(options, work.cutting.signal)) {
      // The backend has stopped, whatever becomes of the Frame.
      if (event.event === 'complete') work.isOpen = false
      await report.pass(event, call.path.step)
      if (event.event === 'complete') return event.data
    }
  } catch (error) {
    if (error instanceof StreamFailed && error.isClean) work.isOpen = false
    throw error
  }
  throw new Error('a stream ended without complete or error')
}

/** Renews the lease for a backend that knows of none; one that is lost ends the attempt. */
function keepLease({ row, parts, cutting }: Work): () => void {
  const renew = async () => {
    try {
      await renewLease(parts.database, { run_id: row.runId, attempt: row.attempt })
    } catch (error) {
      if (error instanceof ProxboxError && error.code === 'LEASE_LOST') cutting.abort('replaced')
      else parts.log.warn({ error, runId: row.runId }, 'lease was not renewed')
    }
  }
  const timer = setInterval(() => void renew(), Math.min(parts.renewMs, row.leaseMs / 3))
  return () => clearInterval(timer)
}

/** Says now and then in the table that Frames come. */
function lastFrameStamp({ row, parts }: Work): () => void {
  let lastMs = 0
  return () => {
    const nowMs = Date.now()
    if (nowMs - lastMs < lastFrameEveryMs) return
    lastMs = nowMs
    parts.database.orm
      .update(runs)
      .set({ lastFrameAt: new Date(nowMs) })
      .where(and(eq(runs.id, row.id), eq(runs.attempt, row.attempt)))
      .catch((error: unknown) =>
        parts.log.warn({ error, runId: row.runId }, 'time of the last Frame was not stored')
      )
  }
}
