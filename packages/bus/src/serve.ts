import {
  callHeaders,
  callLimits,
  callSubject,
  errorFacts,
  ProxboxError,
  type Route,
  routeOf,
  type ServiceName
} from '@proxbox/contracts'
import { headers as createHeaders, type Msg, type NatsConnection } from 'nats'
import {
  closeBody,
  openBody,
  partHeader,
  type ReplyEnvelope,
  type RequestEnvelope,
  urlOf
} from './envelope.ts'

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
