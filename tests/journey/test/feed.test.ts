import { randomUUID } from 'node:crypto'
import { connect as connectTcp } from 'node:net'
import { openBus } from '@proxbox/bus'
import { frameLimits, type Run } from '@proxbox/contracts'
import { createWorld } from '@proxbox/simulator/proxmox'
import { connect, type NatsConnection, nkeyAuthenticator } from 'nats'
import t from 'tap'
import { type FeedEvent, readFeed } from '../src/feed.ts'
import { type Journey, openJourney, prefix } from '../src/journey.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

const connectAs = (journey: Journey, name: string, seed: string): Promise<NatsConnection> =>
  connect({
    servers: journey.stack.natsUrl,
    authenticator: nkeyAuthenticator(encoder.encode(seed)),
    inboxPrefix: `_INBOX_${name}`,
    name
  })

/** The numbers of a seeded sequence, below `limit`. */
function numbers(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state % limit
  }
}

const ids = (events: readonly FeedEvent[]) => events.map((event) => event.id)
const texts = (events: readonly FeedEvent[]) => events.map((event) => event.text)

t.test('the feeds', async (t) => {
  const journey = await openJourney()
  t.teardown(() => journey.close())
  const { adminToken, nkeySeeds, busAdminSeed, natsUrl, url } = journey.stack
  await journey.proxmox(createWorld({ guests: 60, nodes: 2, seed: 3, clusterName: 'lab' }))
  await journey.netbox()
  const globalUrl = journey.feedUrl()

  const integration = await connectAs(journey, 'integration', nkeySeeds.integration)
  t.teardown(() => integration.close())
  const heard: { subject: string; event: string; text: string; bytes: number }[] = []
  integration.subscribe('proxbox.runs.>', {
    callback: (error, message) => {
      if (error !== null) throw error
      heard.push({
        subject: message.subject,
        event: message.headers?.get('Proxbox-Event') ?? '',
        text: decoder.decode(message.data),
        bytes: message.data.length
      })
    }
  })
  await integration.flush()

  const opened = Promise.withResolvers<void>()
  const everything = readFeed(globalUrl, adminToken, {
    onOpen: () => opened.resolve(),
    until: (events) => events.some((event) => event.event === 'complete')
  })
  await opened.promise
  const run = await journey.want<Run>('POST', '/sync/full-update/', {})
  const feedUrl = journey.feedUrl(run)
  const whole = await readFeed(feedUrl, adminToken)

  await t.test('a Run is told from seq 1 without a hole, complete is the last', async (t) => {
    t.equal(whole.isClosed, true, 'the server closes after complete')
    t.strictSame(
      whole.events.map((event) => event.data.seq),
      whole.events.map((_, index) => index + 1)
    )
    const completes = whole.events.filter((event) => event.event === 'complete')
    t.equal(completes.length, 1)
    t.equal(whole.events.at(-1)?.event, 'complete')
    t.ok(whole.events.every((event) => event.data.run_id === run.run_id))
    t.equal(whole.headers.get('content-type'), 'text/event-stream; charset=utf-8')
    const states = whole.events
      .filter((event) => event.event === 'state')
      .map((event) => event.data.state)
    t.equal(states.join(' '), 'queued running')
    const bare = whole.events.filter(({ id }) => !/^[0-9a-z]+-\d+$/.test(id ?? ''))
    t.equal(bare.length, 0, 'every event has an id')
  })

  await t.test('a finished Run replays and closes', async (t) => {
    const again = await readFeed(feedUrl, adminToken)
    t.equal(again.isClosed, true)
    t.strictSame(again.events, whole.events)
  })

  await t.test('resumed at random places: no gap, no double, same order', async (t) => {
    const next = numbers(11)
    for (let round = 0; round < 8; round += 1) {
      const cut = next(whole.events.length)
      const lastEventId = whole.events[cut]?.id ?? ''
      const rest = await readFeed(feedUrl, adminToken, { lastEventId, asQuery: round % 2 === 1 })
      t.strictSame(texts(rest.events), texts(whole.events.slice(cut + 1)), `cut after ${cut}`)
      t.equal(rest.isClosed, true)
    }
  })

  await t.test('cut while the Run goes on', async (t) => {
    const live = await journey.want<Run>('POST', '/sync/full-update/', {})
    const next = numbers(5)
    const pieces: FeedEvent[] = []
    let isDone = false
    for (let round = 0; !isDone && round < 100; round += 1) {
      const size = 1 + next(4)
      const piece = await readFeed(journey.feedUrl(live), adminToken, {
        ...(pieces.length === 0 ? {} : { lastEventId: pieces.at(-1)?.id ?? '' }),
        asQuery: round % 2 === 1,
        until: (events) => events.length >= size
      })
      // What came with the same chunk was read too: a client keeps what it got.
      pieces.push(...piece.events)
      isDone = piece.events.some((event) => event.event === 'complete')
    }
    const after = await readFeed(journey.feedUrl(live), adminToken)
    t.strictSame(texts(pieces), texts(after.events))
    t.strictSame(ids(pieces), ids(after.events))
  })

  await t.test('a gateway dies: the client goes on at another', async (t) => {
    const other = await journey.stack.openGateway()
    const here = (one: string) => one.replace(url, other.url)
    const replayed = await readFeed(here(feedUrl), adminToken)
    t.strictSame(replayed.events, whole.events, 'the same events under the same ids')
    const live = await journey.want<Run>('POST', '/sync/full-update/', {})
    const begun: FeedEvent[] = []
    const cut = readFeed(here(journey.feedUrl(live)), adminToken, {
      until: (events) => {
        begun.splice(0, begun.length, ...events)
        return false
      }
    })
    const ended = cut.then(
      () => 'closed',
      () => 'broken'
    )
    for (let waited = 0; begun.length < 3 && waited < 400; waited += 1)
      await new Promise((resolve) => setTimeout(resolve, 5))
    await other.stop()
    await ended
    const lastEventId = begun.at(-1)?.id ?? ''
    const rest = await readFeed(journey.feedUrl(live), adminToken, { lastEventId })
    const after = await readFeed(journey.feedUrl(live), adminToken)
    t.ok(begun.length >= 3)
    t.strictSame(texts([...begun, ...rest.events]), texts(after.events))
  })

  await t.test('the feed of all Runs', async (t) => {
    const seen = await everything
    t.strictSame(
      texts(seen.events.filter((event) => event.data.run_id === run.run_id)),
      texts(whole.events),
      'begun before the Run, it tells the same'
    )
    const middle = whole.events[3]?.id ?? ''
    const rest = await readFeed(globalUrl, adminToken, {
      lastEventId: middle,
      until: (events) => events.length >= whole.events.length - 4
    })
    t.strictSame(
      texts(rest.events.slice(0, whole.events.length - 4)),
      texts(whole.events.slice(4)),
      'and it resumes'
    )
  })

  await t.test('the bus tells the same Frames', async (t) => {
    await integration.flush()
    const ours = heard.filter(({ subject }) => subject === `proxbox.runs.${run.run_id}.frames`)
    t.strictSame(
      ours.map(({ event, text }) => [event, text]),
      whole.events.map((event) => [event.event, event.text])
    )
    t.ok(ours.every(({ bytes }) => bytes <= frameLimits.bytes))
  })

  await t.test('the frames of a Run as a list', async (t) => {
    const page = await journey.want<{ count: number; results: object[] }>(
      'GET',
      `/runs/${run.id}/frames/?limit=0`
    )
    t.equal(page.count, whole.events.length)
    t.strictSame(
      page.results,
      whole.events.map((event) => ({ event: event.event, ...event.data }))
    )
  })

  await t.test('integration may say nothing and hear nothing else', async (t) => {
    const refused: string[] = []
    const watch = async () => {
      for await (const status of integration.status()) {
        const text = JSON.stringify(status)
        if (/permissions.violation/i.test(text)) refused.push(text)
      }
    }
    void watch()
    const subjects = [
      `proxbox.runs.${run.run_id}.frames`,
      'proxbox.svc.registry.readSettings',
      'proxbox.svc.gateway.readStatus',
      `proxbox.ctl.cancel.${run.run_id}`,
      'proxbox.work.runs',
      '$JS.API.STREAM.INFO.EVENTS',
      'anything'
    ]
    for (const subject of subjects) integration.publish(subject, encoder.encode('{}'))
    await integration.flush()
    const forbidden = integration.subscribe('proxbox.svc.>', { max: 1 })
    await integration.flush()
    for (let waited = 0; refused.length < subjects.length && waited < 40; waited += 1)
      await new Promise((resolve) => setTimeout(resolve, 50))
    for (const subject of subjects)
      t.ok(
        refused.some((text) => text.includes(subject)),
        `${subject} is refused`
      )
    forbidden.unsubscribe()
    const stored = await readFeed(feedUrl, adminToken)
    t.strictSame(texts(stored.events), texts(whole.events), 'nothing was added to the feed')
  })

  await t.test('a slow client is cut, others are not', async (t) => {
    const bus = await openBus({
      url: natsUrl,
      service: 'orchestrator',
      nkeySeed: nkeySeeds.orchestrator
    })
    t.teardown(() => bus.close())
    const total = 300
    const runId = randomUUID()
    const ready = Promise.withResolvers<void>()
    const quick = readFeed(globalUrl, adminToken, {
      onOpen: () => ready.resolve(),
      until: (events) => events.some((event) => event.data.seq === total)
    })
    const slow = connectTcp(Number(new URL(url).port), '127.0.0.1')
    const closed = new Promise<void>((resolve) => slow.once('close', () => resolve()))
    slow.on('error', () => undefined) // the cut may come as a reset
    slow.write(
      `GET ${prefix}/events/ HTTP/1.1\r\nHost: x\r\nAuthorization: Token ${adminToken}\r\n\r\n`
    )
    await new Promise<void>((resolve) => slow.once('readable', () => resolve()))
    await ready.promise
    const message = 'x'.repeat(60_000)
    for (let seq = 1; seq <= total; seq += 1)
      await bus.publish(
        'frames',
        { run_id: runId },
        {
          step: 'test',
          status: 'progress',
          message,
          run_id: runId,
          seq,
          at: new Date().toISOString()
        },
        { headers: { 'Proxbox-Event': 'step' } }
      )
    const seen = await quick
    t.equal(seen.events.filter((event) => event.data.run_id === runId).length, total)
    slow.resume() // reads what the kernel kept; the rest was never sent
    let bytes = 0
    slow.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    await closed
    t.ok(bytes < total * message.length, `the slow one got ${bytes} bytes and the end`)
  })

  await t.test('what expired is a gap, a new stream is a reset', async (t) => {
    const admin = await connectAs(journey, 'admin', busAdminSeed)
    t.teardown(() => admin.close())
    const manager = await admin.jetstreamManager()
    const old = whole.events[2]?.id ?? ''
    await manager.streams.purge('EVENTS', { seq: Number(whole.events[5]?.id?.split('-')[1]) })
    const late = await readFeed(feedUrl, adminToken, { lastEventId: old })
    t.equal(late.events[0]?.event, 'gap')
    t.equal(late.events[0]?.data.seq, undefined, 'made by the gateway: no seq')
    t.strictSame(texts(late.events.slice(1)), texts(whole.events.slice(5)), 'then what is left')

    const { config } = await manager.streams.info('EVENTS')
    const ready = Promise.withResolvers<void>()
    const open = readFeed(globalUrl, adminToken, {
      onOpen: () => ready.resolve(),
      until: (events) => events.some((event) => event.event === 'complete')
    })
    await ready.promise
    await manager.streams.delete('EVENTS')
    await new Promise((resolve) => setTimeout(resolve, 20)) // another millisecond, another creation
    await manager.streams.add(config)
    const told = await journey.sync()
    t.equal(told.complete.ok, true, 'Runs go on')
    const seen = await open
    t.ok(
      seen.events.some((event) => event.event === 'reset'),
      'an open client hears of it'
    )
    const replayed = await readFeed(journey.feedUrl(told.run), adminToken)
    t.strictSame(
      texts(seen.events.filter((event) => event.data.run_id === told.run.run_id)),
      texts(replayed.events),
      'and of what follows'
    )
    const lost = await readFeed(globalUrl, adminToken, {
      lastEventId: old,
      until: (events) => events.length > 0,
      timeoutMs: 20_000
    })
    t.equal(lost.events[0]?.event, 'reset', 'a client with an id of the old stream')
    const gone = await readFeed(feedUrl, adminToken)
    t.strictSame(
      gone.events.map((event) => event.event),
      ['gap'],
      'a finished Run whose Frames are gone says so and closes'
    )
    t.equal(gone.isClosed, true)
  })
})
