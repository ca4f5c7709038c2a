import type { Bus } from '@proxbox/bus'
import { type CompleteEvent, type NetBoxEndpoint, ProxboxError } from '@proxbox/contracts'
import type { Database } from '@proxbox/database'
import { HttpStatusError } from '@proxbox/http'
import type { ServiceContext } from '@proxbox/service-kit'
import type { Static } from 'typebox'
import type { RunRow } from '../db/schema.ts'
import { openFrameWriter } from '../frames/frame-writer.ts'
import { openLastFrameStamp } from '../frames/stamp-last-frame.ts'
import { waitForQueued } from '../frames/wait-for-queued.ts'
import { keepLease } from '../leases/keep-lease.ts'
import type { Change } from '../runs/change-run.ts'
import { resultOf } from './attempt-result.ts'
import { type Backend, openBackend, readCapabilities } from './backend.ts'
import { type BackendCall, callsFor } from './calls-for.ts'
import { followCall, StreamFailed } from './follow-call.ts'
import { openReport, type Report } from './report.ts'
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

/** What an attempt has become, for its Run. */
export type Outcome = Omit<Change, 'pausesMs'>

const silenceMs = 45_000

/** One attempt while it is under way. */
export interface Work {
  readonly row: RunRow
  readonly parts: AttemptParts
  readonly cutting: AbortController
  /** True while the backend may still write to NetBox for this attempt. */
  isOpen: boolean
  /** The backend keeps the lease itself and so hears of a cancel. */
  keepsLease: boolean
}

/** Calls the backend and passes on what it tells, to its end. @throws Replaced, StreamFailed, ProxboxError; the cut's reason */
export async function follow(work: Work): Promise<Outcome> {
  const { row, parts, cutting } = work
  const { bus } = parts
  await waitForQueued(parts.database, row.runId, cutting.signal)
  const writer = await openFrameWriter({ bus, runId: row.runId, attempt: row.attempt })
  const report = openReport(writer, () => performance.now(), openLastFrameStamp(row, parts))
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
    const stopRenewing = capabilities.lease
      ? () => undefined
      : keepLease(row, parts, () => cutting.abort('replaced'))
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
