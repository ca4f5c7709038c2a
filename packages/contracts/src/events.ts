import Type, { type Static } from 'typebox'
import { nullable } from './nullable.ts'

/** The published vocabulary. Wire JSON is snake_case. */
export const Counts = Type.Object({
  count: Type.Integer(),
  created: Type.Integer(),
  updated: Type.Integer(),
  deleted: Type.Integer(),
  unchanged: Type.Integer(),
  held: Type.Integer()
})
export type Counts = Static<typeof Counts>

/** Pure: both together. */
export const sumOf = (a: Counts, b: Counts): Counts => ({
  count: a.count + b.count,
  created: a.created + b.created,
  updated: a.updated + b.updated,
  deleted: a.deleted + b.deleted,
  unchanged: a.unchanged + b.unchanged,
  held: a.held + b.held
})

const Progress = Type.Object({
  current: Type.Integer(),
  total: Type.Integer(),
  percent: Type.Integer({ minimum: 0, maximum: 100 })
})

export const stepStatuses = [
  'started',
  'syncing',
  'progress',
  'completed',
  'failed',
  'warning'
] as const

export const StepEvent = Type.Object({
  event: Type.Literal('step'),
  data: Type.Object({
    step: Type.String(),
    status: Type.Enum([...stepStatuses]),
    message: Type.String({ maxLength: 600 }),
    rowid: Type.Optional(Type.String()),
    result: Type.Optional(Counts),
    progress: Type.Optional(Progress),
    /** On a warning: the code of the error table. */
    code: Type.Optional(Type.String()),
    disposition: Type.Optional(Type.Enum(['wait', 'stop', 'bug']))
  })
})
export type StepEvent = Static<typeof StepEvent>

export const ErrorEvent = Type.Object({
  event: Type.Literal('error'),
  data: Type.Object({
    step: Type.String(),
    status: Type.Literal('failed'),
    error: Type.String(),
    detail: Type.String(),
    code: Type.String(),
    disposition: Type.Enum(['wait', 'stop', 'bug'])
  })
})
export type ErrorEvent = Static<typeof ErrorEvent>

export const ReportedError = Type.Object({
  detail: Type.String(),
  code: Type.String(),
  disposition: Type.Enum(['wait', 'stop', 'bug'])
})
export type ReportedError = Static<typeof ReportedError>

export const GapFacts = Type.Object({
  scope: Type.String(),
  reason: Type.String(),
  detail: Type.String(),
  /** A person knows of it for now: it does not degrade the Run and is none of its errors. Absent = false. */
  acknowledged: Type.Optional(Type.Literal(true))
})
export type GapFacts = Static<typeof GapFacts>

export const outcomes = [
  'succeeded',
  'degraded',
  'failed',
  'cancelled',
  'awaiting_approval'
] as const

export const CompleteResult = Type.Object({
  outcome: Type.Enum([...outcomes]),
  /** Per kind. */
  counts: Type.Record(Type.String(), Counts),
  gaps: Type.Array(GapFacts),
  held: Type.Integer(),
  /** How many Changes the stored Plan holds; null when none was stored. */
  plan: nullable(Type.Integer())
})
export type CompleteResult = Static<typeof CompleteResult>

export const CompleteEvent = Type.Object({
  event: Type.Literal('complete'),
  data: Type.Object({
    ok: Type.Boolean(),
    message: Type.String(),
    result: CompleteResult,
    errors: Type.Array(ReportedError),
    errors_total: Type.Integer()
  })
})
export type CompleteEvent = Static<typeof CompleteEvent>

export const StateEvent = Type.Object({
  event: Type.Literal('state'),
  data: Type.Object({ state: Type.String(), waiting_for: Type.Optional(Type.Unknown()) })
})
export type StateEvent = Static<typeof StateEvent>

/** What a backend reports. */
export type BackendEvent = StepEvent | ErrorEvent | CompleteEvent
/** What a Run's feed carries. */
export type Event = BackendEvent | StateEvent

/** An Event on its way: the payload on the bus and the `data:` of a browser's SSE are this same object; the event's name is in header `Proxbox-Event`. */
export type Frame = Event['data'] & {
  readonly run_id: string
  readonly seq: number
  readonly at: string
}

export const frameLimits = {
  bytes: 64 * 1024,
  textChars: 600,
  errorsListed: 100,
  progressPerSecond: 10,
  warningsPerRun: 1000
} as const

/** Header that names a Frame's event on the bus. */
export const frameEventHeader = 'Proxbox-Event'

/** Pure: the Frame of an Event. */
export function frameFrom(event: Event, run: { runId: string; seq: number; at: Date }): Frame {
  return { ...event.data, run_id: run.runId, seq: run.seq, at: run.at.toISOString() }
}
