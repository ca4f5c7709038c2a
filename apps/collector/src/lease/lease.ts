import type { Bus } from '@proxbox/bus'
import { type LeaseState, ProxboxError } from '@proxbox/contracts'
import type { Static } from 'typebox'

export interface LeaseClaim {
  readonly runId: string
  readonly attempt: number
}

/**
 * The right to work on one NetBox for a while. It is renewed in the background; a collector sends a write only while
 * more than the write timeout is left, so that nothing of it can arrive after the next attempt has begun.
 */
export interface Lease {
  readonly claim: LeaseClaim
  readonly netboxEndpointId: number
  /** The identity whose lease this is; absent where the orchestrator does not tell. */
  readonly netbox: string | undefined
  readonly mode: LeaseState['mode']
  readonly planRunId: string | null
  /** What people call that Run: its number, or its UUID where the orchestrator does not tell. */
  readonly planRunName: string
  /** An undo that only shows what it would do. */
  readonly planOnly: boolean
  /** Aborts when the lease is lost, the Run is cancelled, or the reader is gone; its reason is the error to report. */
  readonly signal: AbortSignal
  /** @throws ProxboxError LEASE_LOST when less than `writeTimeoutMs` is left; the signal's reason once it has aborted. */
  checkWritable(writeTimeoutMs: number): void
  release(): void
}

export interface LeaseOptions {
  readonly bus: Pick<Bus, 'ask'>
  readonly renewMs: number
  /** Milliseconds of a clock that never jumps. */
  readonly monotonicMs: () => number
  readonly readerGone: AbortSignal
  /** Calls back when somebody cancels the Run; gives the end of listening. */
  readonly onCancel: (runId: string, cancelled: () => void) => () => void
}

/** Takes part in the lease of a running Run. @throws ProxboxError LEASE_LOST (409) when the Run or attempt holds none. */
export async function joinLease(claim: LeaseClaim, options: LeaseOptions): Promise<Lease> {
  const { bus, monotonicMs } = options
  const ended = new AbortController()
  const renew = async (): Promise<{ state: Static<typeof LeaseState>; untilMs: number }> => {
    const askedMs = monotonicMs()
    const state = await bus.ask<Static<typeof LeaseState>>('renewLease', {
      body: { run_id: claim.runId, attempt: claim.attempt }
    })
    return { state, untilMs: askedMs + state.remaining_ms }
  }
  const first = await renew()
  let untilMs = first.untilMs
  const lost = (cause?: unknown) =>
    new ProxboxError('LEASE_LOST', { run: claim.runId, attempt: claim.attempt, cause })
  const cancelled = () => ended.abort(new ProxboxError('RUN_CANCELLED', { run: claim.runId }))
  const stopListening = options.onCancel(claim.runId, cancelled)
  if (first.state.cancelled) cancelled()
  const tick = async () => {
    try {
      const next = await renew()
      untilMs = next.untilMs
      if (next.state.cancelled) cancelled()
    } catch (error) {
      const isFinal = error instanceof ProxboxError && error.disposition === 'stop'
      const isGone = error instanceof ProxboxError && error.code === 'LEASE_LOST'
      if (isFinal || isGone || monotonicMs() >= untilMs) ended.abort(lost(error))
    }
  }
  const timer = setInterval(() => void tick(), options.renewMs)
  timer.unref()
  const signal = AbortSignal.any([ended.signal, options.readerGone])
  return {
    claim,
    netboxEndpointId: first.state.netbox_endpoint_id,
    netbox: first.state.netbox,
    mode: first.state.mode,
    planRunId: first.state.plan_run_id,
    planRunName: String(first.state.plan_run ?? first.state.plan_run_id ?? ''),
    planOnly: first.state.plan_only,
    signal,
    checkWritable(writeTimeoutMs) {
      signal.throwIfAborted()
      if (untilMs - monotonicMs() < writeTimeoutMs) throw lost()
    },
    release() {
      clearInterval(timer)
      stopListening()
    }
  }
}
