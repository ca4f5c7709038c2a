import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  findNatsServer,
  openNats,
  readTestEnvironment,
  samePort,
  supervise
} from '@proxbox/embedded'
import t, { type Test } from 'tap'
import { openBus } from '../src/index.ts'

const { path } = await findNatsServer(readTestEnvironment())

const stored = 1200
// Of 500: so many have come when nothing is under way.
const batch = 500
const whole = Array.from({ length: stored }, (_, index) => index + 1)

/** A bus over a server that comes back on the same store, with a Run of so many Frames. */
async function openLab(t: Test, frames = stored) {
  const dataDir = await mkdtemp(join(tmpdir(), 'proxbox-read-'))
  t.teardown(() => rm(dataDir, { recursive: true }))
  const start = samePort((port, signal) => openNats({ binary: path, dataDir, port }, signal))
  let url = ''
  const server = {
    name: 'nats',
    start: async (signal: AbortSignal) => {
      const nats = await start(signal)
      url = nats.url
      return nats
    }
  }
  const supervisor = await supervise({ groups: [[server]], restartDelaysMs: [100] })
  t.teardown(() => supervisor.stop())
  const bus = await openBus({ url, service: 'orchestrator' })
  t.teardown(() => bus.close())
  await bus.ensureStreams('orchestrator')
  for (const n of whole.slice(0, frames))
    await bus.publish('frames', { run_id: 'r1' }, { n }, { messageId: `r1:${n}` })
  return { bus, supervisor }
}

const numberOf = (payload: unknown): unknown => Reflect.get(Object(payload), 'n')

t.test('the past is whole, whatever happens to the server meanwhile', async (t) => {
  const { bus, supervisor } = await openLab(t)
  const readPast = async (between: () => void) => {
    const read: unknown[] = []
    const range = { parameters: { run_id: 'r1' }, from: 'first', until: stored } as const
    for await (const { payload } of bus.read('frames', range, AbortSignal.timeout(60_000))) {
      read.push(numberOf(payload))
      if (read.length === batch) between()
    }
    return read
  }
  t.same(await readPast(() => supervisor.kill('nats', 'SIGKILL')), whole, 'it is killed')
  const freeze = () => {
    supervisor.kill('nats', 'SIGSTOP')
    // Longer than a batch is waited for.
    setTimeout(() => supervisor.kill('nats', 'SIGCONT'), 6000)
  }
  t.same(await readPast(freeze), whole, 'it stands still')
})

t.test('what is live goes on after a kill, without gap or double', async (t) => {
  const { bus, supervisor } = await openLab(t)
  const ending = new AbortController()
  const late = AbortSignal.timeout(60_000)
  const read: unknown[] = []
  const signal = AbortSignal.any([ending.signal, late])
  for await (const { payload } of bus.read('frames', { from: 'first' }, signal)) {
    read.push(numberOf(payload))
    if (read.length === batch) supervisor.kill('nats', 'SIGKILL')
    if (read.length === stored)
      void bus.publish('frames', { run_id: 'r1' }, { n: stored + 1 }, { timeoutMs: 30_000 })
    if (read.length > stored) ending.abort()
  }
  t.same(read, [...whole, stored + 1])
})

t.test('an aborted read ends at once', async (t) => {
  const { bus, supervisor } = await openLab(t)
  const ending = new AbortController()
  const range = { from: 'first', until: stored } as const
  let read = 0
  let abortedMs = 0
  for await (const _ of bus.read('frames', range, ending.signal)) {
    read += 1
    if (read !== batch) continue
    supervisor.kill('nats', 'SIGSTOP')
    void sleep(200).then(() => {
      abortedMs = performance.now()
      ending.abort()
      supervisor.kill('nats', 'SIGCONT')
    })
  }
  t.equal(read, batch)
  t.ok(performance.now() - abortedMs < 2000, 'not only after the batch was waited for')
})

t.test('it says whether the server is there', async (t) => {
  const { bus, supervisor } = await openLab(t, 0)
  const becomes = async (wanted: ReturnType<typeof bus.status>) => {
    for (let look = 0; look < 500 && bus.status() !== wanted; look += 1) await sleep(10)
    return bus.status()
  }
  t.equal(bus.status(), 'connected')
  supervisor.kill('nats', 'SIGKILL')
  t.equal(await becomes('disconnected'), 'disconnected')
  t.equal(await becomes('connected'), 'connected')
  await bus.close()
  t.equal(bus.status(), 'disconnected')
})
