import { setTimeout as wait } from 'node:timers/promises'
import type { StreamMessage } from '@proxbox/bus'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { epochOf } from '../src/feed/feed-id.ts'
import { type FeedFrame, openHub } from '../src/feed/hub.ts'

const silent = pino({ level: 'silent' })

/** A stream in memory: what was published can be read, from any place and on and on. */
function fakeStream(stored = 0) {
  let messages: StreamMessage[] = []
  let waiters: (() => void)[] = []
  let created = '2026-01-01T00:00:00.000Z'
  let lastSequence = 0
  let broken: Error | undefined
  const wake = () => {
    for (const waiter of waiters) waiter()
    waiters = []
  }
  const publish = (runId: string, event = 'step') => {
    lastSequence += 1
    messages.push({
      sequence: lastSequence,
      subject: `proxbox.runs.${runId}.frames`,
      payload: { run_id: runId, seq: lastSequence, at: created },
      headers: { 'Proxbox-Event': event },
      time: created
    })
    wake()
  }
  for (let index = 0; index < stored; index += 1) publish('old')
  interface Range {
    readonly from: number | 'first' | 'new'
    readonly until?: number
    readonly parameters?: { readonly run_id?: unknown }
  }
  const beginningOf = ({ from }: Range): number => {
    if (typeof from === 'number') return from
    return from === 'first' ? 1 : lastSequence + 1
  }
  const more = (signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      waiters.push(resolve)
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
  async function* read(_channel: string, range: Range, signal: AbortSignal) {
    const runId = range.parameters?.run_id
    const last = range.until ?? Number.POSITIVE_INFINITY
    for (let next = beginningOf(range); next <= last && !signal.aborted; ) {
      if (broken !== undefined) throw broken
      const found = messages.find((message) => message.sequence >= next)
      if (found === undefined) {
        await more(signal)
        continue
      }
      next = found.sequence + 1
      const payload = found.payload as { run_id: string } // as published above
      if (found.sequence <= last && (runId === undefined || payload.run_id === runId)) yield found
    }
  }
  return {
    publish,
    bus: {
      read: read as never, // the part of Bus that the hub uses
      streamInfo: async () => ({ created, firstSequence: messages[0]?.sequence ?? 1, lastSequence })
    },
    recreate(at: string) {
      broken = new Error('the stream was created again')
      created = at
      lastSequence = 0
      messages = []
      wake()
      setImmediate(() => {
        broken = undefined
      })
    }
  }
}

function client() {
  const seen: FeedFrame[] = []
  const gate = { open: Promise.resolve() as Promise<void> }
  const calls = { cut: 0, reset: 0 }
  return {
    seen,
    gate,
    calls,
    follower: (from: number | 'first' | 'new', runId?: string) => ({
      runId,
      from,
      onFrame: (frame: FeedFrame) => seen.push(frame),
      ready: () => gate.open,
      cut: () => {
        calls.cut += 1
      },
      onReset: () => {
        calls.reset += 1
      }
    })
  }
}
const sequences = (frames: readonly FeedFrame[]) => frames.map((frame) => frame.sequence)
const upTo = (last: number, first = 1) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index)

async function until(t: Test, done: () => boolean) {
  for (let tries = 0; !done() && tries < 400; tries += 1) await wait(5)
  t.ok(done(), 'happened within 2 s')
}

t.test('the past, then what is live: whole, once, in order', async (t) => {
  const stream = fakeStream(20)
  const hub = await openHub(stream.bus, silent)
  t.teardown(() => hub.stop())
  const end = new AbortController()
  const { seen, follower, gate } = client()
  const opening = Promise.withResolvers<void>()
  gate.open = opening.promise // a client that takes its time
  const following = hub.follow(follower(5), end.signal)
  for (let index = 0; index < 10; index += 1) stream.publish('new')
  await wait(20)
  t.strictSame(sequences(seen), [5], 'the past goes no faster than the client')
  opening.resolve()
  await following
  stream.publish('new')
  await until(t, () => seen.length === 27)
  t.strictSame(sequences(seen), upTo(31, 5))
  end.abort()
  stream.publish('new')
  await wait(20)
  t.equal(seen.length, 27, 'nothing after the end')
  t.equal(hub.followers(), 0)
})

t.test('from the ring as from the stream', async (t) => {
  const stream = fakeStream()
  const hub = await openHub(stream.bus, silent)
  t.teardown(() => hub.stop())
  const live = client()
  await hub.follow(live.follower('new'), new AbortController().signal)
  for (let index = 0; index < 30; index += 1) stream.publish(index % 2 === 0 ? 'a' : 'b')
  await until(t, () => live.seen.length === 30)
  const late = client()
  await hub.follow(late.follower(11), new AbortController().signal)
  t.strictSame(sequences(late.seen), upTo(30, 11))
  const ofOne = client()
  await hub.follow(ofOne.follower('first', 'b'), new AbortController().signal)
  t.equal(ofOne.seen.length, 15, 'only its Run')
  stream.publish('a')
  stream.publish('b')
  await until(t, () => ofOne.seen.length === 16)
  t.ok(ofOne.seen.every((frame) => frame.frame.run_id === 'b'))
  t.equal(late.seen[0]?.bytes, live.seen[10]?.bytes, 'one buffer for all')
})

t.test('what memory no longer holds comes from the stream', async (t) => {
  const stream = fakeStream()
  const hub = await openHub(stream.bus, silent)
  t.teardown(() => hub.stop())
  const live = client()
  await hub.follow(live.follower('new'), new AbortController().signal)
  const name = 'r'.repeat(60_000)
  for (let index = 0; index < 600; index += 1) stream.publish(name) // 36 MB, more than is kept
  await until(t, () => live.seen.length === 600)
  const late = client()
  await hub.follow(late.follower(2), new AbortController().signal)
  t.strictSame(sequences(late.seen), upTo(600, 2))
  t.not(late.seen[0]?.bytes, live.seen[1]?.bytes, 'the oldest were let go')
})

t.test('a client that never catches up is cut', async (t) => {
  const stream = fakeStream(2)
  const hub = await openHub(stream.bus, silent)
  t.teardown(() => hub.stop())
  const end = new AbortController()
  const { follower, gate, calls } = client()
  gate.open = new Promise((_, reject) => {
    end.signal.addEventListener('abort', () => reject(new Error('gone')))
  })
  const following = hub.follow(follower('first'), end.signal)
  const name = 'r'.repeat(60_000)
  for (let index = 0; index < 200 && calls.cut === 0; index += 1) {
    stream.publish(name)
    await wait(1)
  }
  t.ok(calls.cut > 0)
  end.abort()
  await following
  t.equal(hub.followers(), 0)
})

t.test('who is gone before it began leaves nothing behind', async (t) => {
  const hub = await openHub(fakeStream(3).bus, silent)
  t.teardown(() => hub.stop())
  await hub.follow(client().follower('first'), AbortSignal.abort())
  t.equal(hub.followers(), 0)
})

t.test('a new stream is told to everybody and read from its beginning', async (t) => {
  const stream = fakeStream(3)
  const hub = await openHub(stream.bus, silent)
  t.teardown(() => hub.stop())
  const { seen, follower, calls } = client()
  await hub.follow(follower('new'), new AbortController().signal)
  stream.recreate('2026-02-02T00:00:00.000Z')
  await until(t, () => calls.reset === 1)
  t.equal(hub.epoch(), epochOf('2026-02-02T00:00:00.000Z'))
  stream.publish('again')
  await until(t, () => seen.length === 1)
  t.match(seen[0]?.bytes.toString(), new RegExp(`^id: ${hub.epoch()}-1\\n`))
})
