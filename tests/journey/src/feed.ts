import { createParser } from 'eventsource-parser'

export interface FeedEvent {
  readonly event: string
  readonly id: string | undefined
  /** JSON as it came; tests look at single members. */
  readonly data: Record<string, unknown> & { readonly seq?: number; readonly run_id?: string }
  /** The text of `data:`. */
  readonly text: string
}

export interface FeedOptions {
  /** Resume after this event: in the header, or as `?last_event_id=`. */
  readonly lastEventId?: string
  readonly asQuery?: boolean
  /** Hang up as soon as this says so. */
  readonly until?: (events: readonly FeedEvent[]) => boolean
  readonly timeoutMs?: number
  readonly onOpen?: () => void
}

export interface ReadFeed {
  readonly status: number
  readonly headers: Headers
  readonly events: FeedEvent[]
  /** True when the server ended the stream. */
  readonly isClosed: boolean
}

/** Reads an event stream as a browser would, until it closes or the caller has enough. */
export async function readFeed(
  url: string,
  token: string,
  options: FeedOptions = {}
): Promise<ReadFeed> {
  const { lastEventId, asQuery = false, until, timeoutMs = 60_000 } = options
  const target = new URL(url)
  if (lastEventId !== undefined && asQuery) target.searchParams.set('last_event_id', lastEventId)
  const response = await fetch(target, {
    headers: {
      authorization: `Token ${token}`,
      ...(lastEventId === undefined || asQuery ? {} : { 'last-event-id': lastEventId })
    },
    signal: AbortSignal.timeout(timeoutMs)
  })
  options.onOpen?.()
  const events: FeedEvent[] = []
  const parser = createParser({
    onEvent: ({ event = 'message', data, id }) =>
      events.push({ event, id, data: JSON.parse(data), text: data })
  })
  const decoder = new TextDecoder()
  const facts = { status: response.status, headers: response.headers, events }
  if (response.body === null) return { ...facts, isClosed: true }
  for await (const chunk of response.body) {
    parser.feed(decoder.decode(chunk, { stream: true }))
    // Leaving the loop cancels the body: the client hangs up.
    if (until?.(events) === true) return { ...facts, isClosed: false }
  }
  return { ...facts, isClosed: true }
}
