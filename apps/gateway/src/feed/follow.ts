import type { Bus } from '@proxbox/bus'
import { frameEventHeader, isEnded, type Run, type RunState } from '@proxbox/contracts'
import { formatSseEvent, openSseResponse } from '@proxbox/http'
import type { OwnHandler, OwnRequest } from '../api/forward.ts'
import { drained } from './drained.ts'
import { feedIdFrom } from './feed-id.ts'
import type { FeedFrame, Hub } from './hub.ts'

/** Of one client. Frames are shared buffers: a burst of a thousand warnings must not cut a client that reads. */
const maxBufferedBytes = 2 * 1024 * 1024
/** How long the `complete` of a settled Run may be on its way. */
const completeWaitMs = 60_000

export interface Feeds {
  readonly hub: Hub
  readonly bus: Pick<Bus, 'ask' | 'read'>
  /** After so long without an event a comment is sent. */
  readonly heartbeatMs: number
}

/** Event streams for browsers and API clients: a Run's feed, and the feed of all Runs. */
export function feedHandlers(feeds: Feeds): Record<string, OwnHandler> {
  const { bus } = feeds
  return {
    followRun: async (own) => {
      const { id } = own.request.params as { id: string } // validated by the route's schema
      const run = await bus.ask<Run>('readRun', { params: { id }, principal: own.principal })
      await follow(feeds, own, run)
    },
    followEvents: (own) => follow(feeds, own, undefined)
  }
}

/** Where a client wants to begin, and what it must be told first. */
interface Beginning {
  readonly from: number | 'first' | 'new'
  readonly notice: 'gap' | 'reset' | undefined
}

async function beginningOf(
  hub: Hub,
  lastEventId: string | undefined,
  isRunFeed: boolean
): Promise<Beginning> {
  const start = isRunFeed ? 'first' : 'new'
  const id = feedIdFrom(lastEventId)
  if (id === undefined) return { from: start, notice: undefined }
  if (id.epoch !== hub.epoch()) return { from: start, notice: 'reset' }
  const first = await hub.firstSequence()
  return id.sequence + 1 < first
    ? { from: first, notice: 'gap' }
    : { from: id.sequence + 1, notice: undefined }
}

/** Made by the gateway: no `seq`, no `id`. */
const notice = (event: 'gap' | 'reset', hub: Hub): Buffer =>
  formatSseEvent({ event, data: { epoch: hub.epoch() } }, 'browser')

async function follow({ hub, bus, heartbeatMs }: Feeds, own: OwnRequest, run: Run | undefined) {
  const { request, reply } = own
  const header = request.headers['last-event-id']
  const { last_event_id } = request.query as { last_event_id?: string } // validated by the route's schema
  const beginning = await beginningOf(
    hub,
    typeof header === 'string' ? header : last_event_id,
    run !== undefined
  )
  reply.hijack()
  const response = openSseResponse(reply.raw, {
    heartbeatMs,
    maxBufferedBytes,
    headers: { ...headersOf(reply), connection: 'close' }
  })
  if (beginning.notice !== undefined) response.write(notice(beginning.notice, hub))
  let isComplete = false
  const onFrame = ({ event, bytes }: FeedFrame) => {
    if (isComplete) return
    response.write(bytes)
    if (run !== undefined && event === 'complete') {
      isComplete = true
      response.end()
    }
  }
  const follower = {
    runId: run?.run_id,
    from: beginning.from,
    onFrame,
    ready: () => drained(reply.raw, response.signal),
    cut: () => reply.raw.destroy(),
    onReset: () => void response.write(notice('reset', hub))
  }
  try {
    await hub.follow(follower, response.signal)
    if (run === undefined || isComplete || !isSettled(run)) return
    const ending = await endingOf(run, { hub, bus }, response.signal)
    if (isComplete) return
    if (ending === 'gone' && beginning.from === 'first') response.write(notice('gap', hub))
    if (ending !== 'coming') response.end()
    else setTimeout(() => response.end(), completeWaitMs).unref()
  } catch (error) {
    if (response.signal.aborted) return
    request.log.warn({ error }, 'an event stream ended early')
    response.end() // the client comes back with the id of its last event
  }
}

/** Its last Frame is `complete`: it has ended, or does nothing more by itself. */
const isSettled = ({ state }: Run): boolean =>
  state.value === 'awaiting_approval' || isEnded(state.value as RunState) // a state of the schema

/**
 * A settled Run whose `complete` was not in what the client asked for: it was `told` before, its Frames have expired
 * (`gone`), or it is still `coming`, for it is published after the Run is settled.
 */
async function endingOf(
  run: Run,
  { hub, bus }: Pick<Feeds, 'hub' | 'bus'>,
  signal: AbortSignal
): Promise<'told' | 'gone' | 'coming'> {
  let last: string | undefined
  const parameters = { run_id: run.run_id }
  const range = { parameters, from: 'first', until: Number.MAX_SAFE_INTEGER } as const
  for await (const message of bus.read('frames', range, signal))
    last = message.headers[frameEventHeader]
  if (last === 'complete') return 'told'
  // It may have ended now, by rejection or expiry, and have had its `complete` days ago.
  if (last === undefined && run.last_frame_at !== null) return 'gone'
  const endedMs = Date.parse(run.ended ?? '')
  const isOfOldStream = endedMs < Number.parseInt(hub.epoch(), 36)
  return isOfOldStream || Date.now() - endedMs > completeWaitMs ? 'gone' : 'coming'
}

function headersOf(reply: OwnRequest['reply']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(reply.getHeaders()).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)]]
    )
  )
}
