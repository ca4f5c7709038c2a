import type { Event } from '@proxbox/contracts'
import type { RunRow } from '../db/schema.ts'
import { cutText } from './shape-event.ts'
import { stepOf } from './step-of.ts'

/**
 * Pure: why an attempt ended and when the next one begins, as a warning: the pauses are up to a minute, in which a Run
 * that waits for a NetBox in maintenance would say nothing. The time stands first, for the detail may be cut.
 */
export function retryEvent(run: RunRow, attempts: number): Event | undefined {
  if (run.state !== 'queued' || run.lastError === null) return undefined
  const { detail, code, disposition } = run.lastError
  const at = run.due.toISOString().replace(/\.\d+Z$/, 'Z')
  const next = `Attempt ${run.attempt} of ${attempts} has ended, the next one begins at ${at}`
  const message = cutText(`${next}: ${detail}`)
  return {
    event: 'step',
    data: { step: stepOf(run), status: 'warning', message, code, disposition }
  }
}
