import { createParser } from 'eventsource-parser'
import type { HttpStream, HttpStreamClient } from './client.ts'
import { HttpDecodeError, HttpStatusError, HttpTooLarge } from './errors.ts'
import type { QueryValue } from './prepare-request.ts'
import { readAll } from './read-body.ts'
import { excerptOf, redact } from './redact.ts'

const MAX_ERROR_BODY_BYTES = 64 * 1024

export interface SseEvent {
  /** `message` when the server named none. */
  readonly event: string
  readonly data: string
  readonly id?: string
}

export interface FollowSseOptions {
  readonly client: Pick<HttpStreamClient, 'stream'>
  readonly path: string
  readonly query?: Readonly<Record<string, QueryValue>>
  readonly headers?: Readonly<Record<string, string>>
  /** Until status and headers are there. */
  readonly firstByteTimeoutMs: number
  /** Silence of any byte, comments count as life; the time the reader takes does not. 0: no limit. */
  readonly idleTimeoutMs: number
  /** For the data of one event; also bounds what is kept of an unfinished one. */
  readonly maxEventBytes: number
}

/**
 * Follows one event stream to its end; the caller reconnects if it wants more. An event that the
 * stream's end cut short is dropped, as the standard wants (WHATWG HTML §9.2.6).
 *
 * @throws HttpStatusError for another status than 200, HttpDecodeError for another content type,
 *   HttpTimeout on silence, HttpTooLarge, HttpUnreachable when the connection breaks, HttpAborted
 */
export async function* followSse(
  options: FollowSseOptions,
  signal: AbortSignal
): AsyncGenerator<SseEvent | { readonly comment: string }, void, undefined> {
  const { client, path, query, firstByteTimeoutMs, idleTimeoutMs } = options
  const headers = {
    ...options.headers,
    accept: 'text/event-stream',
    'accept-encoding': 'identity',
    'cache-control': 'no-cache'
  }
  const call = { method: 'GET', path, headers, ...(query === undefined ? {} : { query }) }
  const stream = await client.stream(call, { firstByteTimeoutMs, idleTimeoutMs }, signal)
  try {
    await requireEventStream(stream)
    const parse = parserFor(stream.label, options.maxEventBytes)
    for await (const chunk of stream.chunks) yield* parse(chunk)
  } finally {
    stream.cancel()
  }
}

type Parsed = SseEvent | { readonly comment: string }

/** What is complete after each chunk; keeps the rest, also half a character, for the next. */
function parserFor(label: string, maxEventBytes: number): (chunk: Buffer) => readonly Parsed[] {
  const decoder = new TextDecoder()
  let parsed: Parsed[] = []
  let isTooLarge = false
  const parser = createParser({
    // Counted in characters: never more than bytes.
    maxBufferSize: maxEventBytes,
    onComment: (comment) => parsed.push({ comment: comment.trim() }),
    onEvent: ({ event = 'message', data, id }) => {
      if (Buffer.byteLength(data) > maxEventBytes) isTooLarge = true
      parsed.push({ event, data, ...(id === undefined ? {} : { id }) })
    },
    onError: (error) => {
      // Unknown fields and bad retry values are to be ignored.
      if (error.type === 'max-buffer-size-exceeded') isTooLarge = true
    }
  })
  return (chunk) => {
    parsed = []
    parser.feed(decoder.decode(chunk, { stream: true }))
    if (!isTooLarge) return parsed
    throw new HttpTooLarge(`${label}: an event exceeds ${maxEventBytes} bytes`, {
      limitBytes: maxEventBytes
    })
  }
}

async function requireEventStream(stream: HttpStream): Promise<void> {
  const { status, headers, label, secrets } = stream
  const type = headers['content-type'] ?? ''
  if (status === 200 && type.toLowerCase().startsWith('text/event-stream')) return
  // Masking may lengthen a text.
  const body = redact(await readSome(stream), secrets).slice(0, MAX_ERROR_BODY_BYTES)
  if (status !== 200) throw new HttpStatusError(`${label}: status ${status}`, { status, body })
  const excerpt = excerptOf(body, secrets)
  throw new HttpDecodeError(`${label}: no event stream but "${type.slice(0, 80)}": "${excerpt}"`)
}

/** The first 64 KiB; what follows is not worth an error of its own. */
async function readSome(stream: HttpStream): Promise<string> {
  const body = await readAll(firstBytes(stream.chunks, MAX_ERROR_BODY_BYTES), {
    label: stream.label,
    maxBytes: MAX_ERROR_BODY_BYTES
  })
  return body.toString('utf8')
}

async function* firstBytes(chunks: AsyncIterable<Buffer>, limitBytes: number) {
  let left = limitBytes
  for await (const chunk of chunks) {
    yield chunk.subarray(0, left)
    left -= chunk.length
    if (left <= 0) return
  }
}
