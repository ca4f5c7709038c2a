import { setTimeout as wait } from 'node:timers/promises'
import { ProxboxError } from '@proxbox/contracts'
import t, { type Test } from 'tap'
import { joinLease } from '../src/lease/lease.ts'

const claim = { runId: '01a20e94-08d0-72b8-8392-c1838595f3dd', attempt: 2 }
const state = {
  expires_at: '2026-01-01T00:00:00Z',
  remaining_ms: 160_000,
  cancelled: false,
  netbox_endpoint_id: 3,
  mode: 'sync' as const,
  plan_run_id: null
}

/** A lease whose clock and orchestrator are the test's. */
async function join(t: Test, renewMs = 5) {
  const world = {
    ms: 1000,
    answer: (): unknown => state,
    asked: 0,
    cancel: () => undefined as unknown,
    listeners: 0
  }
  const reader = new AbortController()
  const lease = await joinLease(claim, {
    bus: {
      async ask<T>(): Promise<T> {
        world.asked += 1
        return world.answer() as T // the test's own LeaseState
      }
    },
    renewMs,
    monotonicMs: () => world.ms,
    readerGone: reader.signal,
    onCancel: (_runId, cancelled) => {
      world.listeners += 1
      world.cancel = cancelled
      return () => {
        world.listeners -= 1
      }
    }
  })
  t.teardown(() => lease.release())
  const until = async (done: () => boolean) => {
    for (let tries = 0; !done() && tries < 400; tries += 1) await wait(5)
    t.ok(done(), 'happened within 2 s')
  }
  return { world, lease, reader, until }
}

t.test('a write needs more than its timeout left', async (t) => {
  const { world, lease } = await join(t, 60_000)
  t.equal(lease.netboxEndpointId, 3)
  lease.checkWritable(130_000)
  world.ms += 30_000
  lease.checkWritable(130_000)
  world.ms += 1
  t.throws(() => lease.checkWritable(130_000), { code: 'LEASE_LOST' })
  t.equal(lease.signal.aborted, false, 'reads go on, a renewal may come')
})

t.test('the time counts from before the question', async (t) => {
  const { world, lease, until } = await join(t)
  world.answer = () => {
    world.ms += 50_000 // the answer took that long
    world.answer = () => new Promise(() => undefined)
    return state
  }
  const asked = world.asked
  await until(() => world.asked > asked + 1)
  lease.checkWritable(110_000)
  t.throws(() => lease.checkWritable(110_001), { code: 'LEASE_LOST' })
})

t.test('renewals that fail for a while end nothing before the time', async (t) => {
  const { world, lease, until } = await join(t)
  world.answer = () => {
    throw new ProxboxError('BUS_UNAVAILABLE')
  }
  const asked = world.asked
  await until(() => world.asked > asked + 3)
  t.equal(lease.signal.aborted, false)
  world.ms += 160_000
  await until(() => lease.signal.aborted)
  t.match(lease.signal.reason, { code: 'LEASE_LOST', cause: { code: 'BUS_UNAVAILABLE' } })
})

t.test('a replaced attempt stops at once', async (t) => {
  for (const code of ['LEASE_LOST', 'ATTEMPT_STALE'] as const) {
    const { world, lease, until } = await join(t)
    world.answer = () => {
      throw new ProxboxError(code, claim)
    }
    await until(() => lease.signal.aborted)
    t.match(lease.signal.reason, { code: 'LEASE_LOST' })
    t.throws(() => lease.checkWritable(0), { code: 'LEASE_LOST' })
  }
})

t.test(
  'a cancelled Run stops: by notice, by renewal, and when it was cancelled before',
  async (t) => {
    const byNotice = await join(t, 60_000)
    byNotice.world.cancel()
    t.match(byNotice.lease.signal.reason, { code: 'RUN_CANCELLED' })

    const byRenewal = await join(t)
    byRenewal.world.answer = () => ({ ...state, cancelled: true })
    await byRenewal.until(() => byRenewal.lease.signal.aborted)
    t.match(byRenewal.lease.signal.reason, { code: 'RUN_CANCELLED' })

    const before = await joinLease(claim, {
      bus: { ask: async <T>() => ({ ...state, cancelled: true }) as T }, // the test's own LeaseState
      renewMs: 60_000,
      monotonicMs: () => 0,
      readerGone: new AbortController().signal,
      onCancel: () => () => undefined
    })
    t.match(before.signal.reason, { code: 'RUN_CANCELLED' })
    before.release()
  }
)

t.test('without its reader nothing is written', async (t) => {
  const { lease, reader } = await join(t)
  reader.abort(new ProxboxError('LEASE_LOST', claim))
  t.throws(() => lease.checkWritable(0), { code: 'LEASE_LOST' })
})

t.test('release ends renewing and listening', async (t) => {
  const { world, lease } = await join(t)
  lease.release()
  t.equal(world.listeners, 0)
  const { asked } = world
  await wait(50)
  t.ok(world.asked <= asked + 1)
})
