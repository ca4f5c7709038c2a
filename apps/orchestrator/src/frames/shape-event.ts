import { type Event, frameLimits, type ReportedError } from '@proxbox/contracts'

/** Room for run_id, seq and at. */
const roomBytes = frameLimits.bytes - 1024

/** Pure: at most 600 characters. */
export const cutText = (text: string): string =>
  text.length > frameLimits.textChars ? `${text.slice(0, frameLimits.textChars - 1)}…` : text

const sizeOf = (event: Event): number => Buffer.byteLength(JSON.stringify(event.data))

/** Pure: the Event small enough for one Frame: lists lose their ends, a step loses what is beside its message. */
export function fittedEvent(event: Event): Event {
  if (sizeOf(event) <= roomBytes) return event
  if (event.event !== 'complete') return withoutExtras(event)
  const errors = [...event.data.errors]
  const gaps = [...event.data.result.gaps]
  const fitted = (): Event => ({
    event: 'complete',
    data: { ...event.data, errors, result: { ...event.data.result, gaps } }
  })
  while (sizeOf(fitted()) > roomBytes && errors.length > 1) errors.splice(errors.length >> 1)
  while (sizeOf(fitted()) > roomBytes && gaps.length > 0) gaps.splice(gaps.length >> 1)
  return sizeOf(fitted()) <= roomBytes ? fitted() : withoutCounts(fitted())
}

const withoutCounts = (event: Event): Event =>
  event.event === 'complete'
    ? { ...event, data: { ...event.data, result: { ...event.data.result, counts: {} } } }
    : event

function withoutExtras(event: Event): Event {
  if (event.event === 'state') return { event: 'state', data: { state: event.data.state } }
  if (event.event !== 'step') return event
  const { status, message } = event.data
  return { event: 'step', data: { step: cutText(event.data.step), status, message } }
}

/** Pure: the first errors, each with a text that fits. */
export const listedErrors = (errors: readonly ReportedError[]): ReportedError[] =>
  errors.slice(0, frameLimits.errorsListed).map(({ detail, code, disposition }) => ({
    detail: cutText(detail),
    code,
    disposition
  }))
