import {
  type BackendEvent,
  type CompleteEvent,
  CompleteResult,
  Counts,
  type ErrorEvent,
  frameLimits,
  type ReportedError,
  type StepEvent,
  stepStatuses
} from '@proxbox/contracts'
import type { SseEvent } from '@proxbox/http'
import Type from 'typebox'
import { Value } from 'typebox/value'
import { cutText, listedErrors } from '../frames/shape-event.ts'

type Data = Readonly<Record<string, unknown>>

const Progress = Type.Object({
  current: Type.Integer(),
  total: Type.Integer(),
  percent: Type.Integer({ minimum: 0, maximum: 100 })
})
const nameChars = 100

/**
 * Pure: what a backend sent, in our vocabulary. Existing backends leave members out and add their own, so whatever
 * fits is kept. Undefined: not an Event (an unknown name, data that is no JSON object).
 */
export function backendEventFrom(sse: SseEvent, step: string): BackendEvent | undefined {
  const data = objectFrom(sse.data)
  if (data === undefined) return undefined
  switch (sse.event) {
    case 'step':
      return stepFrom(data, step)
    case 'error':
      return errorFrom(data, step)
    case 'complete':
      return completeFrom(data)
    default:
      return undefined
  }
}

function objectFrom(text: string): Data | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Data) // just checked
      : undefined
  } catch {
    return undefined
  }
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== ''
    ? cutText(value)
    : typeof value === 'number'
      ? String(value)
      : undefined

const dispositionOf = (value: unknown): 'wait' | 'stop' | 'bug' | undefined =>
  value === 'wait' || value === 'stop' || value === 'bug' ? value : undefined

const stepName = (data: Data, step: string): string =>
  (textOf(data.step) ?? step).slice(0, nameChars)

function stepFrom(data: Data, step: string): StepEvent {
  const rowid = textOf(data.rowid)
  const code = textOf(data.code)
  const disposition = dispositionOf(data.disposition)
  return {
    event: 'step',
    data: {
      step: stepName(data, step),
      status: stepStatuses.find((status) => status === data.status) ?? 'progress',
      message: textOf(data.message) ?? '',
      ...(rowid === undefined ? {} : { rowid }),
      ...(Value.Check(Counts, data.result)
        ? { result: Value.Clean(Counts, data.result) as Counts }
        : {}), // checked
      ...(Value.Check(Progress, data.progress) ? { progress: data.progress } : {}),
      ...(code === undefined ? {} : { code }),
      ...(disposition === undefined ? {} : { disposition })
    }
  }
}

function errorFrom(data: Data, step: string): ErrorEvent {
  const detail = textOf(data.detail) ?? textOf(data.error) ?? 'no detail'
  return {
    event: 'error',
    data: {
      step: stepName(data, step),
      status: 'failed',
      error: textOf(data.error) ?? detail,
      detail,
      code: textOf(data.code) ?? 'BACKEND_FAILED',
      disposition: dispositionOf(data.disposition) ?? 'stop'
    }
  }
}

function completeFrom(data: Data): CompleteEvent {
  const ok = data.ok === true
  const errors = errorsFrom(data.errors)
  const total = data.errors_total
  return {
    event: 'complete',
    data: {
      ok,
      message: textOf(data.message) ?? '',
      result: Value.Check(CompleteResult, data.result)
        ? data.result
        : { outcome: ok ? 'succeeded' : 'failed', counts: {}, gaps: [], held: 0, plan: null },
      errors: listedErrors(errors),
      errors_total:
        typeof total === 'number' && total >= errors.length ? Math.trunc(total) : errors.length
    }
  }
}

function errorsFrom(value: unknown): readonly ReportedError[] {
  if (!Array.isArray(value)) return []
  return value.slice(0, frameLimits.errorsListed).map((one: unknown) => {
    const data: Data = typeof one === 'object' && one !== null ? (one as Data) : { detail: one } // an object, just checked
    return {
      detail: textOf(data.detail) ?? textOf(data.error) ?? 'no detail',
      code: textOf(data.code) ?? 'BACKEND_FAILED',
      disposition: dispositionOf(data.disposition) ?? 'stop'
    }
  })
}
