import { type ByteQueue, buildByteQueue } from './byte-queue.ts'
import { errorFrom } from './classify-error.ts'
import { HttpAborted, HttpTimeout } from './errors.ts'
import type { Transport, TransportControl, TransportRequest } from './transport.ts'

export interface ResponseHead {
  readonly status: number
  readonly statusText: string
  readonly headers: Record<string, string>
}

/** One request and its answer while they are under way. */
export interface Exchange {
  readonly head: Promise<ResponseHead>
  /** Whether any byte of the request may have been written. */
  readonly sent: boolean
  /** The body as it came over the wire; at most `idleMs` between two pieces (0: no limit). */
  chunks(idleMs: number): AsyncGenerator<Buffer, void, undefined>
  /** Breaks off; whoever waits gets the error. Without effect after the end. */
  fail(error: Error): void
}

/**
 * @param call the label names it in errors: `GET https://host:8006/path`
 * @throws HttpAborted when the signal has fired already: nothing is sent then
 */
export function startExchange(
  transport: Transport,
  call: { readonly wire: TransportRequest; readonly label: string },
  signal?: AbortSignal
): Exchange {
  const { wire, label } = call
  const head = Promise.withResolvers<ResponseHead>()
  const queue = buildByteQueue()
  let control: TransportControl | undefined

  const aborted = () =>
    new HttpAborted(`${label}: aborted`, { sent: control !== undefined, cause: signal?.reason })
  if (signal?.aborted) throw aborted()
  const settle = (outcome: 'ended' | Error): boolean => {
    if (!queue.close(outcome)) return false
    signal?.removeEventListener('abort', onAbort)
    if (outcome instanceof Error) head.reject(outcome)
    return true
  }
  const fail = (error: Error) => {
    if (settle(error)) control?.abort(error)
  }
  const onAbort = () => fail(aborted())
  signal?.addEventListener('abort', onAbort, { once: true })

  try {
    transport.send(wire, {
      started: (begun) => {
        control = begun
        const outcome = queue.outcome()
        // Given up while it waited for a socket: nothing is written.
        if (outcome instanceof Error) begun.abort(outcome)
        else queue.control(begun)
      },
      head: (status, statusText, headers) =>
        head.resolve({ status, statusText, headers: flat(headers) }),
      data: queue.push,
      end: () => settle('ended'),
      error: (error) => settle(errorFrom(error, label, control !== undefined))
    })
  } catch (error) {
    settle(errorFrom(error, label, false))
  }
  return {
    head: head.promise,
    get sent() {
      return control !== undefined
    },
    chunks: (idleMs) => readChunks(queue, { label, idleMs, fail }),
    fail
  }
}

/** Breaks the exchange off with HttpTimeout, until the returned function is called. */
export function limitTime(exchange: Exchange, label: string, timeoutMs: number): () => void {
  const timer = setTimeout(() => {
    const { sent } = exchange
    exchange.fail(new HttpTimeout(`${label}: no answer within ${timeoutMs} ms`, { sent }))
  }, timeoutMs)
  return () => clearTimeout(timer)
}

async function* readChunks(
  queue: ByteQueue,
  rules: { label: string; idleMs: number; fail: (error: Error) => void }
): AsyncGenerator<Buffer, void, undefined> {
  const { label, idleMs, fail } = rules
  const onIdle = () =>
    fail(new HttpTimeout(`${label}: nothing came for ${idleMs} ms`, { sent: true }))
  try {
    for (;;) {
      const chunk = queue.take()
      if (chunk === 'ended') return
      if (chunk !== 'empty') {
        yield chunk
        continue
      }
      // The clock runs only while the reader waits: a slow reader is not the server's silence.
      const timer = idleMs > 0 ? setTimeout(onIdle, idleMs) : undefined
      await queue.arrival()
      clearTimeout(timer)
    }
  } finally {
    // Making an error takes its stack: not for each answer that was read to its end.
    if (queue.outcome() === 'open')
      fail(new HttpAborted(`${label}: the reader stopped`, { sent: true }))
  }
}

function flat(headers: Readonly<Record<string, string | string[] | undefined>>) {
  const entries = Object.entries(headers).map(([name, value]) => [
    name.toLowerCase(),
    Array.isArray(value) ? value.join(', ') : (value ?? '')
  ])
  return Object.fromEntries(entries) as Record<string, string> // every pair above is two strings
}
