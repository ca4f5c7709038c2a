import type { Bus, StreamMessage } from '@proxbox/bus'
import { type Frame, frameEventHeader } from '@proxbox/contracts'
import { formatSseEvent } from '@proxbox/http'
import type { Logger } from 'pino'
import { epochOf, feedIdText } from './feed-id.ts'

/** A Frame as every client of this process gets it: formatted once. */
export interface FeedFrame {
  readonly sequence: number
  readonly event: string
  readonly frame: Frame
  readonly bytes: Buffer
}

export interface Follower {
  /** Only this Run's Frames; undefined = all. */
  readonly runId: string | undefined
  /** First stream sequence wanted; `first` = the Run's first Frame, `new` = from now on. */
  readonly from: number | 'first' | 'new'
  readonly onFrame: (frame: FeedFrame) => void
  /** Resolves when the client has taken what was written; the past is delivered no faster. Rejects when it is gone. */
  readonly ready: () => Promise<void>
  /** It takes the past too slowly to ever catch up with what is live. */
  readonly cut: () => void
  /** The stream was recreated: sequences begin anew. */
  readonly onReset: () => void
}

/**
 * Fans Frames out to any number of clients from one consumer per process. The past comes from a ring in memory, or, when
 * it is older, from the stream up to the last Frame broadcast; live Frames wait meanwhile, so that nothing is lost,
 * doubled or out of order.
 */
export interface Hub {
  readonly epoch: () => string
  /** First stream sequence that still exists. */
  firstSequence(): Promise<number>
  follow(follower: Follower, signal: AbortSignal): Promise<void>
  readonly followers: () => number
  stop(): Promise<void>
}

/** What is kept in memory for clients that come back: whichever is reached first. */
const ringLimits = { frames: 20_000, bytes: 32 * 1024 * 1024 }
const maxHeldBytes = 8 * 1024 * 1024
const restartPauseMs = 500

interface Live {
  readonly follower: Follower
  /** Frames that arrived while the past was delivered; undefined once live. */
  held: FeedFrame[] | undefined
  heldBytes: number
}

/** A Frame that came while the past is still being delivered waits; too many mean that the client never catches up. */
function hold(one: Live, frame: FeedFrame): void {
  one.held?.push(frame)
  one.heldBytes += frame.bytes.length
  if (one.heldBytes > maxHeldBytes) one.follower.cut()
}

export async function openHub(bus: Pick<Bus, 'read' | 'streamInfo'>, log: Logger): Promise<Hub> {
  const ending = new AbortController()
  const live = new Set<Live>()
  let ring: FeedFrame[] = []
  let ringBytes = 0
  let info = await bus.streamInfo('EVENTS')
  let epoch = epochOf(info.created)
  let last = info.lastSequence

  const frameOf = (message: StreamMessage): FeedFrame => {
    const event = message.headers[frameEventHeader] ?? 'step'
    const frame = message.payload as Frame // published by the orchestrator from the Frame schema
    return {
      sequence: message.sequence,
      event,
      frame,
      bytes: formatSseEvent(
        { event, data: frame, id: feedIdText({ epoch, sequence: message.sequence }) },
        'browser'
      )
    }
  }
  const broadcast = (frame: FeedFrame) => {
    last = frame.sequence
    ring.push(frame)
    ringBytes += frame.bytes.length
    if (ring.length > ringLimits.frames || ringBytes > ringLimits.bytes) {
      ring = ring.slice(Math.ceil(ring.length / 2))
      ringBytes = ring.reduce((sum, one) => sum + one.bytes.length, 0)
    }
    for (const one of live) {
      if (!concerns(one.follower, frame)) continue
      if (one.held === undefined) one.follower.onFrame(frame)
      else hold(one, frame)
    }
  }
  const consume = async () => {
    while (!ending.signal.aborted) {
      try {
        for await (const message of bus.read('frames', { from: last + 1 }, ending.signal))
          broadcast(frameOf(message))
      } catch (error) {
        if (ending.signal.aborted) return
        log.warn({ error }, 'reading the event stream was interrupted')
        await restart()
      }
    }
  }
  /** After an interruption: go on, or, when the stream is a new one, begin anew and tell everybody. */
  const restart = async () => {
    await new Promise((resolve) => setTimeout(resolve, restartPauseMs))
    info = await bus.streamInfo('EVENTS').catch(() => info)
    if (epochOf(info.created) === epoch) return
    epoch = epochOf(info.created)
    last = 0
    ring = []
    ringBytes = 0
    for (const one of live) one.follower.onReset()
  }
  const consuming = consume()

  return {
    epoch: () => epoch,
    firstSequence: async () => (await bus.streamInfo('EVENTS')).firstSequence,
    followers: () => live.size,
    follow: (follower, signal) => join(live, follower, { bus, ring, until: last, frameOf }, signal),
    async stop() {
      ending.abort()
      await consuming
    }
  }
}

/** Delivers the past, then leaves the follower among those who get what is live, until its signal aborts. */
async function join(
  live: Set<Live>,
  follower: Follower,
  past: Past,
  signal: AbortSignal
): Promise<void> {
  if (signal.aborted) return
  const one: Live = { follower, held: [], heldBytes: 0 }
  live.add(one)
  signal.addEventListener('abort', () => live.delete(one), { once: true })
  try {
    await deliverPast(follower, past, signal)
    await deliverHeld(one)
  } catch (error) {
    live.delete(one)
    if (!signal.aborted) throw error
  }
}

const concerns = (follower: Follower, frame: FeedFrame): boolean =>
  follower.runId === undefined || frame.frame.run_id === follower.runId

interface Past {
  readonly bus: Pick<Bus, 'read'>
  readonly ring: readonly FeedFrame[]
  /** Last sequence that is the past's; later ones are held for the follower. */
  readonly until: number
  readonly frameOf: (message: StreamMessage) => FeedFrame
}

async function deliverPast(
  follower: Follower,
  { bus, ring, until, frameOf }: Past,
  signal: AbortSignal
): Promise<void> {
  const { from, runId } = follower
  if (from === 'new' || until === 0 || (typeof from === 'number' && from > until)) return
  const oldest = ring[0]?.sequence
  if (typeof from === 'number' && oldest !== undefined && from >= oldest) {
    for (const frame of ring) {
      if (frame.sequence < from || frame.sequence > until || !concerns(follower, frame)) continue
      follower.onFrame(frame)
      await follower.ready()
    }
    return
  }
  const range = { from, until, ...(runId === undefined ? {} : { parameters: { run_id: runId } }) }
  for await (const message of bus.read('frames', range, signal)) {
    follower.onFrame(frameOf(message))
    await follower.ready()
  }
}

/** What waited, and what came meanwhile, until nothing waits: from then on the follower is live. */
async function deliverHeld(one: Live): Promise<void> {
  for (let waiting = one.held ?? []; waiting.length > 0; waiting = one.held ?? []) {
    one.held = []
    one.heldBytes = 0
    for (const frame of waiting) {
      one.follower.onFrame(frame)
      await one.follower.ready()
    }
  }
  one.held = undefined
}
