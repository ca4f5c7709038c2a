import { type ChannelName, channels, subjectOf, subjectPattern } from '@proxbox/contracts'
import {
  AckPolicy,
  DeliverPolicy,
  type JetStreamClient,
  type JetStreamManager,
  type JsMsg,
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
const watchMs = 3000

/** Messages of a Channel in order, without a gap. It survives a restart of the server. @throws StreamRecreated */
export function read(
  reader: Reader,
  channel: ChannelName,
  range: ReadRange,
  signal: AbortSignal
): AsyncGenerator<StreamMessage> {
  const { stream } = channels[channel]
  if (stream === null) throw new Error(`channel ${channel} is not stored`)
  const source = {
    stream,
    subject:
      range.parameters === undefined
        ? subjectPattern(channels[channel])
        : subjectOf(channel, range.parameters)
  }
  return range.until === undefined
    ? readOn(reader, source, range.from, signal)
    : readPast(reader, source, { from: range.from, until: range.until }, signal)
}

interface Source {
  readonly stream: string
  readonly subject: string
}

const startOf = (from: ReadRange['from']) =>
  from === 'first'
    ? { deliver_policy: DeliverPolicy.All }
    : from === 'new'
      ? { deliver_policy: DeliverPolicy.New }
      : { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: Math.max(1, from) }

/** What is stored now, up to a sequence, by a short-lived consumer. */
async function* readPast(
  { client, manager }: Reader,
  source: Source,
  range: { from: ReadRange['from']; until: number },
  signal: AbortSignal
): AsyncGenerator<StreamMessage> {
  const info = await manager.consumers.add(source.stream, {
    ack_policy: AckPolicy.None,
    filter_subject: source.subject,
    mem_storage: true,
    inactive_threshold: nanos(30_000),
    ...startOf(range.from)
  })
  try {
    const consumer = await client.consumers.get(source.stream, info.name)
    for (let left = info.num_pending; left > 0 && !signal.aborted; ) {
      const messages = await consumer.fetch({
        max_messages: Math.min(batch, left),
        expires: fetchTimeoutMs
      })
      let got = 0
      for await (const message of messages) {
        got += 1
        if (message.seq > range.until) return
        yield messageFrom(message)
        if (signal.aborted) return
      }
      if (got === 0) return
      left -= got
    }
  } finally {
    await manager.consumers.delete(source.stream, info.name).catch(() => false)
  }
}

/** From here on, for ever: an ordered consumer, watched for a stream that was created again. */
async function* readOn(
  { client, manager }: Reader,
  source: Source,
  from: ReadRange['from'],
  signal: AbortSignal
): AsyncGenerator<StreamMessage> {
  const created = (await manager.streams.info(source.stream)).created
  const consumer = await client.consumers.get(source.stream, {
    filterSubjects: source.subject,
    ...startOf(from)
  })
  const messages = await consumer.consume({ max_messages: batch })
  let failure: Error | undefined
  const stop = () => void messages.close()
  const watcher = setInterval(() => {
    manager.streams.info(source.stream).then(
      (info) => {
        if (info.created === created) return
        failure = new StreamRecreated(source.stream)
        stop()
      },
      () => undefined // the server is away: the consumer reconnects by itself, and the next look tells
    )
  }, watchMs)
  signal.addEventListener('abort', stop, { once: true })
  try {
    for await (const message of messages) yield messageFrom(message)
    if (failure !== undefined) throw failure
  } finally {
    clearInterval(watcher)
    signal.removeEventListener('abort', stop)
    await messages.close()
    await consumer.delete().catch(() => false)
  }
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
