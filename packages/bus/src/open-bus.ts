import {
  type ChannelName,
  channels,
  type ServiceName,
  type StreamSpec,
  subjectOf,
  subjectPattern
} from '@proxbox/contracts'
import type { JetStreamManager, NatsConnection } from 'nats'
import {
  ask,
  breakLink,
  type CallReply,
  type CallRequest,
  call,
  type Link,
  mendLink
} from './call.ts'
import { type BusOptions, connectNats, inboxPrefixOf } from './connection.ts'
import { type PublishOptions, publish } from './publish.ts'
import { type ReadRange, read, type StreamMessage } from './read.ts'
import { type Answer, serve } from './serve.ts'
import { ensureStreams, isMissing, workConsumer } from './streams.ts'

type Parameters = Readonly<Record<string, string | number>>
export interface Listening {
  stop(): Promise<void>
}

/** One service's connection to the bus: calls, stored messages, notices. */
export interface Bus {
  call<T = unknown>(
    operationId: string,
    request: CallRequest,
    signal?: AbortSignal
  ): Promise<CallReply<T>>
  ask<T>(operationId: string, request: CallRequest, signal?: AbortSignal): Promise<T>
  serve(service: ServiceName, answer: Answer): Promise<Listening>
  publish(
    channel: ChannelName,
    parameters: Parameters,
    payload: unknown,
    options?: PublishOptions
  ): Promise<{ sequence: number; duplicate: boolean }>
  /** Sent, not stored: lost when nobody listens. */
  notify(channel: ChannelName, parameters: Parameters, payload: unknown): void
  listen(
    channel: ChannelName,
    handle: (message: {
      subject: string
      payload: unknown
      parameters: Record<string, string>
    }) => void
  ): Promise<Listening>
  /** The last message of a subject. */
  lastOf(
    channel: ChannelName,
    parameters: Parameters
  ): Promise<
    | {
        sequence: number
        payload: unknown
        headers: Record<string, string>
        messageId: string | undefined
      }
    | undefined
  >
  read(channel: ChannelName, range: ReadRange, signal: AbortSignal): AsyncIterable<StreamMessage>
  streamInfo(
    name: StreamSpec['name']
  ): Promise<{ created: string; firstSequence: number; lastSequence: number }>
  /** Wake-ups, acknowledged on receipt. */
  work(handle: (payload: unknown) => void): Promise<Listening>
  /** Creates the owner's streams, now and whenever the server comes back with an emptied store. */
  ensureStreams(owner: ServiceName): Promise<void>
  waitForStream(name: StreamSpec['name'], signal?: AbortSignal): Promise<void>
  status(): 'connected' | 'disconnected'
  close(): Promise<void>
}

const drainTimeoutMs = 5000
const streamWaitMs = 60_000
const streamLookMs = 200
const idHeader = 'Nats-Msg-Id'

/** @throws ProxboxError BUS_UNAVAILABLE when the first connection takes longer than 15 s. */
export async function openBus(options: BusOptions): Promise<Bus> {
  const owners = new Set<ServiceName>()
  const link: Link = { isUp: true, unanswered: new Set(), unsent: new Set() }
  const connection = await connectNats(options, {
    lost: () => breakLink(link),
    restored: () => {
      mendLink(link)
      for (const owner of owners)
        ensureStreams(manager, owner).catch((error: unknown) =>
          log('warn', 'streams could not be checked', { error })
        )
    }
  })
  const key = options.encryptionKey
  const log = options.log ?? (() => undefined)
  const caller = { connection, key, link, inboxPrefix: inboxPrefixOf(options.service) }
  const client = connection.jetstream({ timeout: 5000 })
  const manager = await connection.jetstreamManager({ checkAPI: false, timeout: 5000 })
  return {
    call: (id, request, signal) => call(caller, { id, request }, signal),
    ask: (id, request, signal) => ask(caller, { id, request }, signal),
    serve: (service, answer) => serve(connection, { service, key, log }, answer),
    publish: (channel, parameters, payload, publishOptions) =>
      publish(client, { channel, parameters }, payload, publishOptions),
    notify: (channel, parameters, payload) =>
      connection.publish(subjectOf(channel, parameters), JSON.stringify(payload)),
    listen: (channel, handle) => listen(connection, channel, handle),
    async lastOf(channel, parameters) {
      const { stream } = channels[channel]
      if (stream === null) throw new Error(`channel ${channel} is not stored`)
      const found = await manager.streams
        .getMessage(stream, { last_by_subj: subjectOf(channel, parameters) })
        .catch((error: unknown) => {
          if (isMissing(error) || isNoMessage(error)) return undefined
          throw error
        })
      if (found === undefined) return undefined
      const headers = Object.fromEntries(
        [...found.header].flatMap(([name, [value]]) => (value === undefined ? [] : [[name, value]]))
      )
      return { sequence: found.seq, payload: found.json(), headers, messageId: headers[idHeader] }
    },
    read: (channel, range, signal) => read({ client, manager }, channel, range, signal),
    async streamInfo(name) {
      const info = await manager.streams.info(name)
      return {
        created: info.created,
        firstSequence: info.state.first_seq,
        lastSequence: info.state.last_seq
      }
    },
    async work(handle) {
      const consumer = await client.consumers.get('WORK', workConsumer)
      const messages = await consumer.consume({
        callback: (message) => {
          message.ack()
          handle(message.json())
        }
      })
      return { stop: async () => void (await messages.close()) }
    },
    ensureStreams: (owner) => {
      owners.add(owner)
      return ensureStreams(manager, owner)
    },
    waitForStream: (name, signal) => waitForStream(manager, name, signal),
    status: () => (connection.isClosed() || !link.isUp ? 'disconnected' : 'connected'),
    close: () => close(connection)
  }
}

const isNoMessage = (error: unknown): boolean =>
  error instanceof Error && /no message found|message not found/i.test(error.message)

async function listen(
  connection: NatsConnection,
  channel: ChannelName,
  handle: ArgumentsOf<Bus['listen']>[1]
): Promise<Listening> {
  const names = [...channels[channel].subject.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '')
  const pattern = new RegExp(
    `^${channels[channel].subject.replaceAll('.', '\\.').replace(/\{\w+\}/g, '([^.]+)')}$`
  )
  const subscription = connection.subscribe(subjectPattern(channels[channel]), {
    callback: (error, message) => {
      if (error !== null) return
      const values = pattern.exec(message.subject)?.slice(1) ?? []
      handle({
        subject: message.subject,
        payload: message.json(),
        parameters: Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']))
      })
    }
  })
  await connection.flush()
  return { stop: async () => (connection.isClosed() ? undefined : await subscription.drain()) }
}
type ArgumentsOf<F extends (...args: never[]) => unknown> = F extends (...args: infer A) => unknown
  ? A
  : never

async function waitForStream(
  manager: JetStreamManager,
  name: StreamSpec['name'],
  signal?: AbortSignal
): Promise<void> {
  const deadline = Date.now() + streamWaitMs
  for (;;) {
    try {
      return void (await manager.streams.info(name))
    } catch (error) {
      signal?.throwIfAborted()
      if (Date.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, streamLookMs))
    }
  }
}

/** Sends what is under way, for at most 5 s; later calls fail. */
async function close(connection: NatsConnection): Promise<void> {
  if (connection.isClosed()) return
  const late = new Promise((resolve) => setTimeout(resolve, drainTimeoutMs).unref())
  await Promise.race([connection.drain().catch(() => connection.close()), late])
  if (!connection.isClosed()) await connection.close()
}
