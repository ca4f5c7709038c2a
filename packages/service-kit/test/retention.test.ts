import { Writable } from 'node:stream'
import { ProxboxError } from '@proxbox/contracts'
import { pino } from 'pino'
import t from 'tap'
import { type Purged, startRetention } from '../src/index.ts'

interface World {
  days: number | undefined
  now: Date
  purge: (before: Date, signal: AbortSignal) => Promise<Purged>
}

function open(over: Partial<World> = {}, pauses: { firstMs?: number; everyMs?: number } = {}) {
  const lines: Record<string, unknown>[] = []
  const sink = new Writable({
    write(chunk, _, done) {
      lines.push(JSON.parse(String(chunk)))
      done()
    }
  })
  const moments: string[] = []
  const world: World = {
    days: 90,
    now: new Date('2026-11-24T12:00:00Z'),
    purge: async () => ({ runs: 0 }),
    ...over
  }
  const retention = startRetention({
    bus: {
      ask: async <T>() => {
        if (world.days === undefined)
          throw new ProxboxError('SERVICE_UNAVAILABLE', { service: 'registry' })
        return { run_retention_days: world.days } as T // the one setting that is asked for
      }
    },
    log: pino(sink),
    now: () => world.now,
    purge: (before, signal) => {
      moments.push(before.toISOString())
      return world.purge(before, signal)
    },
    ...pauses
  })
  return { world, retention, lines, moments }
}

t.test('what has ended so many days ago is purged, and one line says how much', async (t) => {
  const { world, retention, lines, moments } = open()
  await retention.look()
  t.same(moments, ['2026-08-26T12:00:00.000Z'])
  t.same(lines, [], 'nothing was purged, nothing is said')
  world.now = new Date('2026-11-25T12:00:00Z')
  world.days = 1
  world.purge = async () => ({ runs: 3, changes: 40 })
  await retention.look()
  t.equal(moments[1], '2026-11-24T12:00:00.000Z', 'the setting counts at once')
  t.match(lines, [{ level: 30, runs: 3, changes: 40, before: moments[1] }])
  t.equal(lines.length, 1)
  await retention.stop()
})

t.test('without the registry the days that it told last count, and without any none', async (t) => {
  const { world, retention, lines, moments } = open({ days: undefined })
  await retention.look()
  t.same(moments, [], 'unknown is not over')
  world.days = 10
  await retention.look()
  world.days = undefined
  await retention.look()
  t.equal(moments.length, 2)
  t.equal(moments[0], moments[1])
  t.match(lines, [{ msg: 'the settings could not be read' }, { level: 40 }])
  await retention.stop()
})

t.test('a look that fails is said and comes again; two never run side by side', async (t) => {
  let looks = 0
  let isThird: () => void = () => undefined
  const third = new Promise<void>((resolve) => {
    isThird = resolve
  })
  const purge = async () => {
    looks += 1
    if (looks === 3) isThird()
    if (looks === 1) throw new Error('gone')
    return {}
  }
  const { retention, lines, moments } = open({ purge }, { firstMs: 0, everyMs: 0 })
  await Promise.all([retention.look(), retention.look()])
  t.equal(moments.length, 1)
  await third
  t.match(lines, [{ level: 40, msg: 'retention could not purge' }])
  await retention.stop()
  const before = looks
  await new Promise((resolve) => setImmediate(resolve))
  t.equal(looks, before, 'none after the end')
})

t.test('its end is told to the look that is under way, and waited for', async (t) => {
  let begun: () => void = () => undefined
  const isUnderWay = new Promise<void>((resolve) => {
    begun = resolve
  })
  let isDone = false
  const purge = async (_: Date, signal: AbortSignal) => {
    begun()
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    isDone = true
    throw signal.reason
  }
  const { retention, lines } = open({ purge })
  void retention.look()
  await isUnderWay
  await retention.stop()
  t.ok(isDone)
  t.same(lines, [], 'an end is no failure')
})
