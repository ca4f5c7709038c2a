import { type Event, isEnded, type ReportedError } from '@proxbox/contracts'
import type { RunRow } from '../db/schema.ts'
import { cutText, fittedEvent, listedErrors } from '../frames/shape-event.ts'
import { stepOf } from '../frames/step-of.ts'

const sentences: Readonly<Partial<Record<RunRow['state'], string>>> = {
  succeeded: 'The Run succeeded.',
  degraded: 'The Run ended with gaps, held or refused objects.',
  cancelled: 'The Run was cancelled.',
  failed: 'The Run failed.'
}

function sentenceOf(run: RunRow): string {
  if (run.state !== 'awaiting_approval') return sentences[run.state] ?? ''
  if (run.mode === 'undo') return 'The Run has planned what it would take back and awaits approval.'
  return run.mode === 'sync' && run.hasWritten
    ? 'The Run has written what it may write without asking; the changes that it holds await approval.'
    : 'The Run has planned its changes and awaits approval.'
}

/** Pure: the last Frames of a Run that will do nothing more by itself: `error` when it failed, then its one `complete`. */
export function endingEvents(run: RunRow): readonly Event[] {
  const outcome = run.state
  if (outcome === 'queued' || outcome === 'running') return []
  const isOk = outcome !== 'failed' && outcome !== 'cancelled'
  const message = cutText(run.error?.detail ?? sentenceOf(run))
  const complete: Event = {
    event: 'complete',
    data: {
      ok: isOk,
      message,
      result: {
        outcome,
        counts: run.counts,
        gaps: run.gaps,
        held: run.held,
        plan: run.plan
      },
      errors: listedErrors(run.errors),
      errors_total: run.errorsTotal
    }
  }
  const before = isEnded(outcome) ? errorEvents(run, run.error) : [approvalEvent]
  return [...before, fittedEvent(complete)]
}

/** Whose approval. */
export const approvalReason = 'approval by a user with netbox_proxbox.approve_run'

const approvalEvent: Event = {
  event: 'state',
  data: { state: 'awaiting_approval', waiting_for: { reason: approvalReason } }
}

function errorEvents(run: RunRow, error: ReportedError | null): readonly Event[] {
  if (run.state !== 'failed' || error === null) return []
  const detail = cutText(error.detail)
  return [
    {
      event: 'error',
      data: {
        step: stepOf(run),
        status: 'failed',
        error: detail,
        detail,
        code: error.code,
        disposition: error.disposition
      }
    }
  ]
}
