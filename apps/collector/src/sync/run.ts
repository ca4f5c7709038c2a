import type { Bus } from '@proxbox/bus'
import { orderedSyncTypes } from '@proxbox/contracts'
import type { Logger } from 'pino'
import { openReporter } from '../backend/reporter.ts'
import type { StreamRun } from '../backend/stream-routes.ts'
import type { Lease } from '../lease/lease.ts'
import { failureFacts } from './failure-sentence.ts'
import { patientBus } from './patient-bus.ts'
import { sync } from './sync.ts'
import { undo } from './undo.ts'

export interface RunParts {
  readonly bus: Pick<Bus, 'ask'>
  readonly log: Logger
  readonly netboxOptions: { readonly lanes: number; readonly batchSize: number }
}

/** Tells one Run from `started` to `complete`; whatever happens in between, the stream ends with its `complete`. */
export async function runSync(stream: StreamRun, lease: Lease, parts: RunParts): Promise<void> {
  const { path, query, emit } = stream
  const reporter = openReporter(emit, () => performance.now())
  const types = orderedSyncTypes(path.types === 'all' ? query.syncTypes : path.types)
  const title = lease.mode === 'undo' ? 'undo' : `sync of ${path.step.replaceAll('-', ' ')}`
  reporter.step(path.step, 'started', `Starting ${title}`)
  try {
    const journey = lease.mode === 'undo' ? undo : sync
    const result = await journey({
      bus: patientBus(parts.bus, lease.signal),
      lease,
      reporter,
      query,
      types,
      netboxOptions: parts.netboxOptions,
      now: () => new Date()
    })
    reporter.complete(true, `${title} completed: ${result.outcome.replace('_', ' ')}`, result)
  } catch (error) {
    const cause = lease.signal.aborted ? lease.signal.reason : error
    const facts = failureFacts(cause)
    parts.log[facts.disposition === 'bug' ? 'error' : 'warn'](
      { error: cause, runId: lease.claim.runId },
      'run failed'
    )
    reporter.fail(path.step, facts, {
      outcome: facts.code === 'RUN_CANCELLED' ? 'cancelled' : 'failed',
      gaps: [],
      held: 0,
      plan: null
    })
  } finally {
    lease.release()
  }
}
