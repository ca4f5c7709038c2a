import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

/** What goes over the wire: JSON, raw text, or nothing at all. */
export interface WireAnswer {
  status: number
  reason: string
  /** JSON value; null means no body. */
  body: unknown
  /** Sent instead of `body`, as HTML. */
  text?: string
  /** Break the connection without an answer, or after half the body. */
  breaks?: 'at-once' | 'half-way'
  /** The last answer on this connection. */
  isLast?: boolean
}

/** Smaller bodies are never compressed. */
const GZIP_FROM_BYTES = 1024
const compress = promisify(gzip)

/** Sends an answer as pve-http-server does: every status from 400 on closes the connection. */
export async function send(
  response: ServerResponse,
  request: IncomingMessage,
  answer: WireAnswer
): Promise<void> {
  if (answer.breaks === 'at-once') {
    response.destroy()
    return
  }
  response.statusCode = answer.status
  response.statusMessage = printable(answer.reason)
  response.setHeader('server', 'pve-api-daemon/3.0')
  response.setHeader('cache-control', 'max-age=0')
  // Said outright, because the original gives no hint how long it keeps a connection.
  const ends = answer.status >= 400 || answer.isLast === true
  response.setHeader('connection', ends ? 'close' : 'Keep-Alive')
  const whole = bytesOf(answer)
  if (whole === null) {
    endBare(response, answer.status)
    return
  }
  response.setHeader(
    'content-type',
    answer.text === undefined ? 'application/json;charset=UTF-8' : 'text/html'
  )
  const isZipped = accepts(request) && whole.length > GZIP_FROM_BYTES
  if (isZipped) response.setHeader('content-encoding', 'gzip')
  const bytes = isZipped ? await compress(whole) : whole
  response.setHeader('content-length', bytes.length)
  if (answer.breaks === 'half-way') {
    response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.destroy())
    return
  }
  response.end(bytes)
}

/** 59x answers have no length and end with the connection. */
function endBare(response: ServerResponse, status: number): void {
  if (status >= 590) response.useChunkedEncodingByDefault = false
  else response.setHeader('content-length', 0)
  response.end()
}

function bytesOf(answer: WireAnswer): Buffer | null {
  if (answer.text !== undefined) return Buffer.from(answer.text)
  return answer.body === null ? null : Buffer.from(JSON.stringify(answer.body))
}

function accepts(request: IncomingMessage): boolean {
  return String(request.headers['accept-encoding'] ?? '').includes('gzip')
}

/** A reason phrase holds no line ends and no other control characters. */
function printable(reason: string): string {
  return reason.replace(/[^\x20-\x7e]+/g, ' ').trim()
}
