import type { Bus } from '@proxbox/bus'
import { isEnded, type Run, type RunState } from '@proxbox/contracts'
import { formatSseEvent, openSseResponse } from '@proxbox/http'
import type { OwnHandler, OwnRequest } from '../api/forward.ts'
import { feedIdFrom } from './feed-id.ts'
import type { FeedFrame, Hub } from './hub.ts'

const heartbeatMs = 15_000
const maxBufferedBytes = 256 * 1024

/** Event streams for browsers and API clients: a Run's feed, and the feed of all Runs. */
export function feedHandlers(hub: Hub, bus: Pick<Bus, 'ask' | 'read'>): Record<string, OwnHandler> {
  return {
    followRun: async (own) => {
      const { id } = own.request.params as { id: string } // validated by the route's schema
      const run = await bus.ask<Run>('readRun', { params: { id }, principal: own.principal })
      await follow(hub, own, run)
    },
    followEvents: (own) => follow(hub, own, undefined),
    listRunFrames: async (own) => {
      const { id } = own.request.params as { id: string } // validated by the route's schema
      const { limit = 50, offset = 0 } = own.request.query as { limit?: number; offset?: number } // as above
      const run = await bus.ask<Run>('readRun', { params: { id }, principal: own.principal })
      return await storedFrames(bus, run.run_id, {
        limit: limit === 0 ? 1000 : limit,
        offset,
        listUrl: `${own.baseUrl}${own.request.url.split('?')[0]}`
      })
    }
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

async function follow(
  hub: Hub,
  { request, reply }: OwnRequest,
  run: Run | undefined
): Promise<void> {
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
    headers: headersOf(reply)
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
  const onReset = () => {
    response.write(notice('reset', hub))
  }
  await hub.follow({ runId: run?.run_id, from: beginning.from, onFrame, onReset }, response.signal)
  // A finished Run whose complete was already received, or expired with the stream: nothing will come.
  if (run !== undefined && isEnded(run.state.value as RunState) && !isComplete) {
    if (beginning.from === 'first') response.write(notice('gap', hub))
    response.end()
  }
}

function headersOf(reply: OwnRequest['reply']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(reply.getHeaders()).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)]]
    )
  )
}

async function storedFrames(
  bus: Pick<Bus, 'read'>,
  runId: string,
  page: { limit: number; offset: number; listUrl: string }
) {
  const results: unknown[] = []
  let count = 0
  const signal = AbortSignal.timeout(10_000)
  for await (const message of bus.read(
    'frames',
    { parameters: { run_id: runId }, from: 'first', until: Number.MAX_SAFE_INTEGER },
    signal
  )) {
    if (count >= page.offset && results.length < page.limit)
      results.push({ event: message.headers['Proxbox-Event'], ...(message.payload as object) }) // a Frame
    count += 1
  }
  const link = (offset: number) => `${page.listUrl}?limit=${page.limit}&offset=${offset}`
  return {
    count,
    next: page.offset + page.limit < count ? link(page.offset + page.limit) : null,
    previous: page.offset > 0 ? link(Math.max(0, page.offset - page.limit)) : null,
    results
  }
}
