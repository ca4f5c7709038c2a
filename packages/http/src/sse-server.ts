import type { ServerResponse } from 'node:http'

export interface SseResponseOptions {
  /** A comment is sent after this long without any event. 15,000 suits proxies and the contract. */
  readonly heartbeatMs: number
  /** A client that lets more than this pile up is cut. */
  readonly maxBufferedBytes: number
  readonly headers?: Readonly<Record<string, string>>
}

export type SseClosed = 'ended' | 'client-gone' | 'too-slow'

export interface SseResponse {
  /** False: the client is gone, or was cut by this call because it reads too slowly. */
  write(chunk: Buffer): boolean
  /** A line that readers skip. @throws TypeError for a line break in it */
  comment(text: string): boolean
  /** Ends the stream after what was written; a client that does not read it in time is cut. */
  end(): void
  readonly closed: Promise<SseClosed>
  /** Aborts when the response is closed, whoever closed it. */
  readonly signal: AbortSignal
}

/**
 * Turns a response into an event stream: status and headers leave at once, so that the client knows
 * it is connected. A slow client is cut, never waited for: it comes back with Last-Event-ID.
 */
export function openSseResponse(
  response: ServerResponse,
  options: SseResponseOptions
): SseResponse {
  const { heartbeatMs, maxBufferedBytes } = options
  const gone = new AbortController()
  const closed = Promise.withResolvers<SseClosed>()
  let outcome: SseClosed = 'client-gone'
  let isOpen = true

  const cut = () => {
    outcome = 'too-slow'
    response.destroy()
  }
  const write = (chunk: Buffer | string): boolean => {
    if (!isOpen) return false
    if (response.writableLength > maxBufferedBytes) {
      isOpen = false
      cut()
      return false
    }
    response.write(chunk)
    timer.refresh()
    return true
  }
  const comment = (text: string): boolean => {
    if (/[\r\n]/.test(text)) throw new TypeError('a line break in a comment')
    return write(`: ${text}\n\n`)
  }
  // After end() the same timer bounds how long the rest may take to leave.
  const onTimer = () => {
    if (response.writableEnded) cut()
    else comment('keep-alive')
  }
  const timer = setTimeout(onTimer, heartbeatMs)
  const onClose = () => {
    isOpen = false
    clearTimeout(timer)
    closed.resolve(response.writableFinished ? 'ended' : outcome)
    gone.abort()
  }
  response.once('close', onClose)
  // A client that went away while we wrote: 'close' follows and tells it.
  response.on('error', () => undefined)
  if (response.destroyed) onClose()
  else {
    response.writeHead(200, { ...options.headers, ...STREAM_HEADERS })
    response.flushHeaders()
  }
  const end = () => {
    if (!isOpen) return
    isOpen = false
    timer.refresh()
    response.end()
  }
  return { write, comment, end, closed: closed.promise, signal: gone.signal }
}

const STREAM_HEADERS = {
  // Without charset some readers decode as Latin-1.
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-cache',
  // nginx would hold events back until its buffer is full.
  'X-Accel-Buffering': 'no'
}
