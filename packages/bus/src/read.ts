import { type ChannelName, channels, subjectOf, subjectPattern } from '@proxbox/contracts'
import {
  AckPolicy,
  DeliverPolicy,
  type JetStreamClient,
  type JetStreamManager,
  type JsMsg,
  NatsError,
  nanos
} from 'nats'

export interface StreamMessage {
  /** Stream sequence. */
  readonly sequence: number
  readonly subject: string
  readonly payload: unknown
  readonly headers: Record<string, string>
  readonly time: string
}

export interface ReadRange {
  readonly parameters?: Readonly<Record<string, string | number>>
  /** First stream sequence, the first that exists, or what comes from now on. */
  readonly from: number | 'first' | 'new'
  /** Last stream sequence, inclusive: the read ends there, or where the stream ends now. Without it the read goes on. */
  readonly until?: number
}

/** The stream was deleted and created again: sequences begin anew. */
export class StreamRecreated extends Error {
  constructor(stream: string) {
    super(`stream ${stream} was created again`)
    this.name = 'StreamRecreated'
  }
}

export interface Reader {
  readonly client: JetStreamClient
  readonly manager: JetStreamManager
}

const batch = 500
const fetchTimeoutMs = 5000
const consumerLifeMs = 30_000
const pauseMs = 500
// A look takes 5 s at least where the server does not answer: half a minute in all.
const mostStalls = 5

/**
 * Messages of a Channel in order, without a gap. It survives a restart of the server.
 *
 * @throws StreamRecreated; Error when what is stored does not come
 */
export function read(
  reader: Reader,
  channel: ChannelName,
  range: ReadRange,
  signal: AbortSignal
): AsyncGenerator<StreamMessage> {
  const { stream } = channels[channel]
  if (stream === null) throw new Error(`channel ${channel} is not stored`)
  const subject =
    range.parameters === undefined
      ? subjectPattern(channels[channel])
      : subjectOf(channel, range.parameters)
  const source = { ...reader, stream, subject }
  return range.until === undefined
    ? readOn(source, range.from, signal)
    : readPast(source, { from: range.from, until: range.until }, signal)
}

interface Source extends Reader {
  readonly stream: string
  readonly subject: string
}

/** A short-lived consumer from a sequence on; `pending` messages were stored when it began. */
async function openConsumer({ client, manager, stream, subject }: Source, from: number) {
  const info = await manager.consumers.add(stream, {
    ack_policy: AckPolicy.None,
    filter_subject: subject,
    mem_storage: true,
    inactive_threshold: nanos(consumerLifeMs),
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: Math.max(1, from)
  })
  const consumer = await client.consumers.get(stream, info.name)
  return {
    pending: info.num_pending,
    fetch: (count: number) => consumer.fetch({ max_messages: count, expires: fetchTimeoutMs }),
    remove: () => manager.consumers.delete(stream, info.name).catch(() => false) // it goes by itself when idle
  }
}

async function startOf({ manager, stream }: Source, from: ReadRange['from']): Promise<number> {
  if (typeof from === 'number') return from
  return from === 'first' ? 1 : (await manager.streams.info(stream)).state.last_seq + 1
}

/** What is stored now, up to a sequence: consumer after consumer, each beginning where the last one stalled. */
async function* readPast(
  source: Source,
  range: { from: ReadRange['from']; until: number },
  signal: AbortSignal
): AsyncGenerator<StreamMessage> {
  const { created } = await source.manager.streams.info(source.stream)
  const place = { next: await startOf(source, range.from), until: range.until, stalls: 0 }
  while (!signal.aborted) {
    try {
      if (yield* readStored(source, place, signal)) return
    } catch (error) {
      if (!(error instanceof NatsError)) throw error
    }
    place.stalls += 1
    if (place.stalls === mostStalls)
      throw new Error(`stream ${source.stream}: what is stored from ${place.next} on does not come`)
    await checkStream(source, created)
  }
}

interface Place {
  next: number
  readonly until: number
  /** Consumers in a row that have brought nothing more. */
  stalls: number
}

/** One consumer's part of it. @returns false when there is more, and it does not come: nobody is told of a lost request */
async function* readStored(
  source: Source,
  place: Place,
  signal: AbortSignal
): AsyncGenerator<StreamMessage, boolean> {
  const consumer = await openConsumer(source, place.next)
  try {
    for (let left = consumer.pending; left > 0; ) {
      let got = 0
      for await (const message of fetched(consumer, Math.min(batch, left), signal)) {
        if (message.seq > place.until) return true
        got += 1
        place.next = message.seq + 1
        place.stalls = 0
        yield messageFrom(message)
      }
      if (signal.aborted) return true
      if (got === 0) return false
      left -= got
    }
    return true
  } finally {
    await consumer.remove()
  }
}

/** What comes of a batch within 5 s, or until the signal aborts. */
async function* fetched(
  consumer: Pick<Awaited<ReturnType<typeof openConsumer>>, 'fetch'>,
  count: number,
  signal: AbortSignal
): AsyncGenerator<JsMsg> {
  const messages = await consumer.fetch(count)
  const stop = () => messages.stop()
  signal.addEventListener('abort', stop, { once: true })
  try {
    yield* messages
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** From here on, for ever: consumer after consumer, each beginning where the last one broke. */
async function* readOn(
  source: Source,
  from: ReadRange['from'],
  signal: AbortSignal
): AsyncGenerator<StreamMessage> {
  const { created } = await source.manager.streams.info(source.stream)
  let next = await startOf(source, from)
  while (!signal.aborted) {
    try {
      for await (const message of readConsumer(source, next, signal)) {
        next = message.sequence + 1
        yield message
      }
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof NatsError)) throw error
    }
    await checkStream(source, created)
  }
}

/** One consumer's life: it ends when a message is missing or the server does not answer. */
async function* readConsumer(
  source: Source,
  from: number,
  signal: AbortSignal
): AsyncGenerator<StreamMessage> {
  const consumer = await openConsumer(source, from)
  let delivered = 0
  try {
    while (!signal.aborted) {
      let got = 0
      for await (const message of fetched(consumer, batch, signal)) {
        delivered += 1
        got += 1
        if (message.info.deliverySequence !== delivered) return
        yield messageFrom(message)
      }
      if (got === 0 && !signal.aborted) await source.manager.streams.info(source.stream)
    }
  } finally {
    await consumer.remove()
  }
}

/** A pause, and a look whether the stream is still the same; an absent server is waited for. */
async function checkStream({ manager, stream }: Source, created: string): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, pauseMs))
  const info = await manager.streams.info(stream).catch((error: unknown) => {
    if (error instanceof NatsError) return undefined
    throw error
  })
  if (info !== undefined && info.created !== created) throw new StreamRecreated(stream)
}

function messageFrom(message: JsMsg): StreamMessage {
  const headers: Record<string, string> = {}
  for (const [name, [value]] of message.headers ?? [])
    if (value !== undefined) headers[name] = value
  return {
    sequence: message.seq,
    subject: message.subject,
    payload: message.json(),
    headers,
    time: new Date(message.info.timestampNanos / 1e6).toISOString()
  }
}
