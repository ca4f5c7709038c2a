import {
  callHeaders,
  callLimits,
  callSubject,
  errorFacts,
  errorFromFacts,
  type Principal,
  ProxboxError,
  type Route,
  routeOf,
  type ServiceName
} from '@proxbox/contracts'
import {
  headers as createHeaders,
  createInbox,
  type Msg,
  type MsgHdrs,
  type NatsConnection
} from 'nats'
import { closeBody, openBody, type ReplyEnvelope, type RequestEnvelope, urlOf } from './envelope.ts'

export interface CallRequest {
  readonly params?: Readonly<Record<string, string | number>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
  readonly principal?: Principal
  readonly requestId?: string
  readonly baseUrl?: string
  readonly timeoutMs?: number
}

export interface CallReply<T = unknown> {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: T
}

/** A call as the serving app gets it. */
export interface ServedRequest {
  readonly url: string
  readonly method: string
  readonly headers: Record<string, string>
  readonly payload?: string
}
export type Answer = (
  operation: Route,
  request: ServedRequest
) => Promise<{ status: number; headers: Record<string, string>; body: string }>

/** Who calls: the connection, its inbox, and the key for secret fields. */
export interface Caller {
  readonly connection: NatsConnection
  readonly inboxPrefix: string
  readonly key: Buffer | undefined
}

const partHeader = 'Proxbox-Part'
const defaultTimeoutMs = 5000
const noResponders = 503

function headersOf(request: CallRequest, deadlineMs: number): MsgHdrs {
  const headers = createHeaders()
  headers.set(callHeaders.deadline, String(deadlineMs))
  if (request.principal !== undefined)
    headers.set(
      callHeaders.principal,
      Buffer.from(JSON.stringify(request.principal)).toString('base64url')
    )
  if (request.requestId !== undefined) headers.set(callHeaders.requestId, request.requestId)
  if (request.baseUrl !== undefined) headers.set(callHeaders.baseUrl, request.baseUrl)
  return headers
}

/**
 * Calls an operation and joins its reply. A status of 400 and more is returned, not thrown.
 *
 * @throws ProxboxError SERVICE_UNAVAILABLE (nobody serves it), SERVICE_TIMEOUT (deadline), TOO_LARGE, BUS_UNAVAILABLE.
 */
export async function call<T>(
  caller: Caller,
  operation: { id: string; request: CallRequest },
  signal?: AbortSignal
): Promise<CallReply<T>> {
  const { id, request } = operation
  const { connection, key } = caller
  const route = routeOf(id)
  const timeoutMs = request.timeoutMs ?? route.timeoutMs ?? defaultTimeoutMs
  const envelope: RequestEnvelope = {
    ...(request.params === undefined ? {} : { params: request.params }),
    ...(request.query === undefined ? {} : { query: request.query }),
    ...closeBody(request.body, route, 'request', key)
  }
  const payload = Buffer.from(JSON.stringify(envelope))
  if (payload.length > callLimits.requestBytes)
    throw new ProxboxError('TOO_LARGE', {
      what: `The request of ${id}`,
      limit: `${callLimits.requestBytes} bytes`
    })
  signal?.throwIfAborted()
  if (connection.isClosed()) throw new ProxboxError('BUS_UNAVAILABLE')
  const text = await replyText(
    caller,
    { route, payload, headers: headersOf(request, Date.now() + timeoutMs), timeoutMs },
    signal
  )
  const reply = JSON.parse(text) as ReplyEnvelope // written by serve
  return {
    status: reply.status,
    headers: reply.headers,
    body: openBody(reply, route, 'reply', key) as T
  } // the route's reply schema
}

/** Like call, but gives the body, and throws what a status of 400 and more says. */
export async function ask<T>(
  caller: Caller,
  operation: { id: string; request: CallRequest },
  signal?: AbortSignal
): Promise<T> {
  const reply = await call<T>(caller, operation, signal)
  if (reply.status < 400) return reply.body
  const body: unknown = reply.body
  if (typeof body === 'object' && body !== null && 'code' in body) throw errorFromFacts(body)
  throw new ProxboxError('BODY_INVALID', { detail: `${operation.id}: ${JSON.stringify(body)}` })
}

interface Sent {
  readonly route: Route
  readonly payload: Uint8Array
  readonly headers: MsgHdrs
  readonly timeoutMs: number
}

function replyText(
  { connection, inboxPrefix }: Caller,
  sent: Sent,
  signal?: AbortSignal
): Promise<string> {
  const { route, timeoutMs } = sent
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const parts = new Map<number, Uint8Array>()
  let bytes = 0
  const inbox = createInbox(inboxPrefix)
  const take = (message: Msg) => {
    if (message.data.length === 0 && message.headers?.code === noResponders)
      return reject(new ProxboxError('SERVICE_UNAVAILABLE', { service: route.service }))
    const [number = 1, total = 1] = (message.headers?.get(partHeader) ?? '1/1')
      .split('/')
      .map(Number)
    bytes += message.data.length
    if (bytes > callLimits.replyBytes)
      return reject(
        new ProxboxError('TOO_LARGE', {
          what: `The reply of ${route.operationId}`,
          limit: `${callLimits.replyBytes} bytes`
        })
      )
    parts.set(number, message.data)
    if (parts.size === total)
      resolve(
        Buffer.concat([...parts].sort(([a], [b]) => a - b).map(([, part]) => part)).toString('utf8')
      )
  }
  const subscription = connection.subscribe(inbox, {
    callback: (error, message) =>
      error === null ? take(message) : reject(new ProxboxError('BUS_UNAVAILABLE', { cause: error }))
  })
  const late = () =>
    reject(
      new ProxboxError('SERVICE_TIMEOUT', {
        service: route.service,
        operation: route.operationId,
        seconds: timeoutMs / 1000
      })
    )
  const timer = setTimeout(late, timeoutMs)
  const stop = () => reject(signal?.reason)
  signal?.addEventListener('abort', stop, { once: true })
  connection.publish(callSubject(route.service, route.operationId), sent.payload, {
    reply: inbox,
    headers: sent.headers
  })
  return promise.finally(() => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
    if (!connection.isClosed()) subscription.unsubscribe()
  })
}

export interface ServeOptions {
  readonly service: ServiceName
  readonly key: Buffer | undefined
  readonly log: (level: 'warn' | 'error', message: string, data: object) => void
}

/** Answers the calls of one service, shared with all its processes (queue group). */
export async function serve(
  connection: NatsConnection,
  options: ServeOptions,
  answer: Answer
): Promise<{ stop(): Promise<void> }> {
  const running = new Set<Promise<void>>()
  const subscription = connection.subscribe(callSubject(options.service, '*'), {
    queue: options.service,
    callback: (error, message) => {
      if (error !== null)
        return options.log('error', 'calls are not delivered', { detail: error.message })
      const work = respond(message, options, answer).catch((failure: unknown) =>
        options.log('error', 'a call could not be answered', { error: failure })
      )
      running.add(work)
      void work.finally(() => running.delete(work))
    }
  })
  await connection.flush()
  return {
    async stop() {
      if (!connection.isClosed()) await subscription.drain()
      await Promise.allSettled(running)
    }
  }
}

async function respond(message: Msg, options: ServeOptions, answer: Answer): Promise<void> {
  const deadlineMs = Number(message.headers?.get(callHeaders.deadline) || Number.POSITIVE_INFINITY)
  if (Date.now() > deadlineMs) return
  const reply = await replyTo(message, options, answer).catch((error: unknown) => {
    const facts = errorFacts(error)
    options.log(facts.disposition === 'bug' ? 'error' : 'warn', 'a call failed', {
      error,
      subject: message.subject
    })
    return {
      status: error instanceof ProxboxError ? error.status : 500,
      headers: {},
      body: facts
    } satisfies ReplyEnvelope
  })
  sendParts(message, Buffer.from(JSON.stringify(reply)))
}

async function replyTo(
  message: Msg,
  { key, service }: ServeOptions,
  answer: Answer
): Promise<ReplyEnvelope> {
  const route = routeOf(message.subject.split('.').at(-1) ?? '')
  const envelope = JSON.parse(Buffer.from(message.data).toString('utf8')) as RequestEnvelope // written by call; its body is validated by the route
  const body = openBody(envelope, route, 'request', key)
  const reply = await answer(route, {
    url: urlOf(route, envelope),
    method: route.method,
    headers: passedHeaders(message, service),
    ...(body === undefined ? {} : { payload: JSON.stringify(body) })
  })
  const json: unknown = reply.body === '' ? undefined : jsonOf(reply.body)
  return { status: reply.status, headers: reply.headers, ...closeBody(json, route, 'reply', key) }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** The gateway resolves tokens itself: whose Principal a foreign user claims to be does not count there. */
function passedHeaders(message: Msg, service: ServiceName): Record<string, string> {
  const principal = service === 'gateway' ? [] : [callHeaders.principal]
  const names = [
    ...principal,
    callHeaders.requestId,
    callHeaders.baseUrl,
    'authorization',
    'traceparent'
  ]
  return Object.fromEntries(
    names.flatMap((name) =>
      message.headers?.has(name) === true ? [[name, message.headers.get(name)]] : []
    )
  )
}

function sendParts(message: Msg, bytes: Buffer): void {
  const total = Math.max(1, Math.ceil(bytes.length / callLimits.partBytes))
  for (let part = 1; part <= total; part += 1) {
    const headers = createHeaders()
    headers.set(partHeader, `${part}/${total}`)
    message.respond(
      bytes.subarray((part - 1) * callLimits.partBytes, part * callLimits.partBytes),
      { headers }
    )
  }
}
