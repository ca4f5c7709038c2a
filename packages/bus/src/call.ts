import {
  callHeaders,
  callLimits,
  callSubject,
  errorFromFacts,
  type Principal,
  ProxboxError,
  type Route,
  routeOf
} from '@proxbox/contracts'
import {
  headers as createHeaders,
  createInbox,
  type Msg,
  type MsgHdrs,
  type NatsConnection
} from 'nats'
import {
  closeBody,
  openBody,
  partHeader,
  type ReplyEnvelope,
  type RequestEnvelope
} from './envelope.ts'

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

/** Who calls: the connection, its inbox, and the key for secret fields. */
export interface Caller {
  readonly connection: NatsConnection
  readonly inboxPrefix: string
  readonly key: Buffer | undefined
  readonly link: Link
}

/** The state of the connection, and what hangs on it. */
export interface Link {
  isUp: boolean
  /** Called when the connection breaks: a reply under way is lost then. */
  readonly unanswered: Set<() => void>
  /** Called when it is back: what is published in between does not reliably arrive. */
  readonly unsent: Set<() => void>
}

/** The connection is gone: replies under way are lost. */
export function breakLink(link: Link): void {
  link.isUp = false
  for (const giveUp of [...link.unanswered]) giveUp()
}

/** The connection is back: what waited for it is sent. */
export function mendLink(link: Link): void {
  link.isUp = true
  for (const send of [...link.unsent]) send()
}

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
  { connection, inboxPrefix, link }: Caller,
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
      link.unsent.has(send)
        ? new ProxboxError('BUS_UNAVAILABLE')
        : new ProxboxError('SERVICE_TIMEOUT', {
            service: route.service,
            operation: route.operationId,
            seconds: timeoutMs / 1000
          })
    )
  const timer = setTimeout(late, timeoutMs)
  const stop = () => reject(signal?.reason)
  signal?.addEventListener('abort', stop, { once: true })
  const giveUp = () => reject(new ProxboxError('BUS_UNAVAILABLE'))
  const send = () => {
    link.unsent.delete(send)
    link.unanswered.add(giveUp)
    connection.publish(callSubject(route.service, route.operationId), sent.payload, {
      reply: inbox,
      headers: sent.headers
    })
  }
  if (link.isUp) send()
  else link.unsent.add(send)
  return promise.finally(() => {
    clearTimeout(timer)
    link.unanswered.delete(giveUp)
    link.unsent.delete(send)
    signal?.removeEventListener('abort', stop)
    if (!connection.isClosed()) subscription.unsubscribe()
  })
}
