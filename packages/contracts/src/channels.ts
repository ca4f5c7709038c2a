import Type, { type TSchema } from 'typebox'
import { frameLimits } from './events.ts'
import { nullable } from './nullable.ts'
import { type BusUser, foreignUsers, type ServiceName } from './services.ts'

/** Streams: declared once, created and checked by their owner; `maxBytes` in bytes, `maxAgeMs` in milliseconds. */
export interface StreamSpec {
  readonly name: 'EVENTS' | 'CHANGES' | 'WORK'
  readonly owner: ServiceName
  readonly subjects: readonly string[]
  readonly retention: 'limits' | 'workqueue'
  readonly maxAgeMs: number
  readonly maxBytes: number
  readonly maxMessageBytes: number
  readonly duplicateWindowMs: number
}

const day = 24 * 60 * 60 * 1000

export const streams: readonly StreamSpec[] = [
  {
    name: 'EVENTS',
    owner: 'orchestrator',
    subjects: ['proxbox.runs.*.frames', 'proxbox.endpoints.>'],
    retention: 'limits',
    maxAgeMs: 7 * day,
    maxBytes: 2 * 1024 ** 3,
    maxMessageBytes: frameLimits.bytes + 4096,
    duplicateWindowMs: 120_000
  },
  {
    name: 'WORK',
    owner: 'orchestrator',
    subjects: ['proxbox.work.>'],
    retention: 'workqueue',
    maxAgeMs: day,
    maxBytes: 16 * 1024 ** 2,
    maxMessageBytes: 4096,
    duplicateWindowMs: 120_000
  },
  {
    name: 'CHANGES',
    owner: 'inventory',
    subjects: ['proxbox.changes.>'],
    retention: 'limits',
    maxAgeMs: 7 * day,
    maxBytes: 2 * 1024 ** 3,
    maxMessageBytes: 256 * 1024,
    duplicateWindowMs: 120_000
  }
]

/** A subject template and the one schema that its messages have. */
export interface Channel {
  readonly name: string
  /** `{parameter}` marks a token. */
  readonly subject: string
  readonly stream: StreamSpec['name'] | null
  readonly publishers: readonly ServiceName[]
  readonly subscribers: readonly BusUser[]
  readonly schema: TSchema
  readonly summary: string
}

const FramePayload = Type.Object(
  { run_id: Type.String(), seq: Type.Integer({ minimum: 1 }), at: Type.String() },
  { additionalProperties: true }
)
const EndpointPayload = Type.Object({
  kind: Type.String(),
  id: Type.Integer(),
  name: Type.String(),
  event: Type.String(),
  at: Type.String(),
  detail: Type.Optional(Type.String())
})
const ChangePayload = Type.Object({
  key: Type.String(),
  kind: Type.String(),
  action: Type.String(),
  netbox: Type.String(),
  netbox_id: nullable(Type.Integer()),
  run_id: Type.String(),
  before: Type.Unknown(),
  after: Type.Unknown(),
  label: Type.String(),
  /** Of `held`, `quarantined` and `conflicted` alone: whether that begins or ends. */
  state: Type.Optional(Type.Enum(['begins', 'ends']))
})

export const channels = {
  frames: {
    name: 'frames',
    subject: 'proxbox.runs.{run_id}.frames',
    stream: 'EVENTS',
    publishers: ['orchestrator'],
    subscribers: ['gateway', ...foreignUsers],
    schema: FramePayload,
    summary: 'Every event of a Run as a Frame; header Proxbox-Event names the event.'
  },
  endpoints: {
    name: 'endpoints',
    subject: 'proxbox.endpoints.{kind}.{id}.{event}',
    stream: 'EVENTS',
    publishers: ['registry'],
    subscribers: ['gateway', 'inventory', ...foreignUsers],
    schema: EndpointPayload,
    summary: 'An Endpoint was created, changed, removed, became reachable or unreachable.'
  },
  changes: {
    name: 'changes',
    subject: 'proxbox.changes.{kind}.{action}',
    stream: 'CHANGES',
    publishers: ['inventory'],
    subscribers: ['gateway', ...foreignUsers],
    schema: ChangePayload,
    summary:
      'CloudEvents 1.0 in binary mode: an Item was created, updated, deleted; held, quarantined, conflicted when that begins and ends.'
  },
  work: {
    name: 'work',
    subject: 'proxbox.work.runs',
    stream: 'WORK',
    publishers: ['orchestrator'],
    subscribers: ['orchestrator'],
    schema: Type.Object({ run_id: Type.String() }),
    summary: 'Wakes an orchestrator; lost or doubled it does no harm.'
  },
  cancel: {
    name: 'cancel',
    subject: 'proxbox.ctl.cancel.{run_id}',
    stream: null,
    publishers: ['orchestrator'],
    subscribers: ['orchestrator', 'collector'],
    schema: Type.Object({ run_id: Type.String() }),
    summary: 'A Run was cancelled; whoever works on it stops.'
  }
} as const satisfies Record<string, Channel>
export type ChannelName = keyof typeof channels

const token = /^[A-Za-z0-9_-]+$/

/** Pure: the subject of a Channel; every parameter must be one token of letters, digits, `_`, `-`. */
export function subjectOf(
  channel: ChannelName,
  parameters: Readonly<Record<string, string | number>> = {}
): string {
  return channels[channel].subject.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = String(parameters[name] ?? '')
    if (!token.test(value)) throw new Error(`channel ${channel}: ${name} is not a subject token`)
    return value
  })
}

/** Pure: the subject pattern of a Channel with every parameter a wildcard. */
export const subjectPattern = (channel: Channel): string => channel.subject.replace(/\{\w+\}/g, '*')

/** Pure: the subject of a call. */
export const callSubject = (service: ServiceName, operationId: string): string =>
  `proxbox.svc.${service}.${operationId}`
