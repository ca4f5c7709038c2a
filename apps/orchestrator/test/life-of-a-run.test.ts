import type { LeaseState, Run } from '@proxbox/contracts'
import { eq } from '@proxbox/database'
import t, { type Test } from 'tap'
import type { Static } from 'typebox'
import { leases, outbox, runs } from '../src/db/schema.ts'
import { succeeded } from './backend.ts'
import { leaseMs, openStack } from './stack.ts'

const stack = await openStack()
t.teardown(() => stack.close())
const { ask, ours, foreign, waitFor, framesOf, world } = stack
const enqueue = (body: object = {}): Promise<Run> =>
  ask('syncFullUpdate', { body: { netbox_endpoint_ids: [1], ...body } })
const isIn =
  (...states: readonly string[]) =>
  (run: Run) =>
    states.includes(run.state.value)
const ended = isIn('succeeded', 'degraded', 'failed', 'cancelled')
const act = (operation: string, run: Run): Promise<Run> =>
  ask(operation, { params: { id: String(run.id) } })

/** Law: whatever happened, the Frames are numbered from 1 without a gap and end with their one `complete`. */
async function checkFrames(t: Test, run: Run) {
  const frames = await framesOf(run)
  t.same(
    frames.map((frame) => frame.data.seq),
    frames.map((_, index) => index + 1),
    'seq from 1 without a gap'
  )
  t.equal(frames.filter((frame) => frame.event === 'complete').length, 1, 'one complete')
  t.equal(frames.at(-1)?.event, 'complete', 'complete is the last')
  t.ok(frames.every((frame) => frame.data.run_id === run.run_id))
  return frames
}

t.test('happy path: queued, running, the steps of the backend, complete', async (t) => {
  ours.play((call) => {
    call.send('step', { step: 'devices', status: 'started', message: 'go' })
    for (let n = 1; n <= 50; n += 1)
      call.send('step', {
        step: 'devices',
        status: 'progress',
        message: 'p',
        progress: { current: n, total: 50, percent: n * 2 }
      })
    call.complete()
  })
  const run = await enqueue({ sync_types: ['devices', 'storage'], fetch_max_concurrency: 3 })
  t.match(run, {
    state: { value: 'queued' },
    url: `http://proxbox/api/plugins/proxbox/runs/${run.id}/`,
    attempt: 0
  })
  const done = await waitFor(run.id, ended)
  t.match(done, {
    state: { value: 'succeeded' },
    attempt: 1,
    counts: succeeded.counts,
    error: null
  })
  t.match(ours.calls[0], { path: '/full-update/stream', runId: run.run_id, attempt: 1 })
  t.equal(ours.calls[0]?.query.get('sync_types'), 'devices,storage')
  t.equal(ours.calls[0]?.query.get('fetch_max_concurrency'), '3')
  const frames = await checkFrames(t, run)
  t.same(
    frames.slice(0, 2).map((frame) => frame.data.state),
    ['queued', 'running']
  )
  t.ok(frames.length < 15, 'progress is merged')
  t.match(frames.at(-2), { event: 'step', data: { status: 'completed', message: 'done' } })
  t.match(
    await ask('readRun', { params: { id: run.run_id } }),
    { id: run.id },
    'a UUID names it as well'
  )
})

t.test(
  'a backend that dies mid-stream: the next attempt waits for the old lease and goes on counting',
  async (t) => {
    ours.play((call) => {
      call.send('step', { step: 'devices', status: 'started', message: 'go' })
      if (call.attempt === 1) setTimeout(call.break, 50)
      else call.complete()
    })
    const run = await enqueue()
    t.match(await waitFor(run.id, ended), { state: { value: 'succeeded' }, attempt: 2 })
    const [first, second] = ours.calls
    t.ok((second?.atMs ?? 0) - (first?.atMs ?? 0) > leaseMs - 100, 'not before the lease ran out')
    const frames = await checkFrames(t, run)
    t.same(
      frames.flatMap((frame) => frame.data.state ?? []),
      ['queued', 'running', 'queued', 'running']
    )
  }
)

t.test(
  'a stream without complete is tried three times, what the backend confirmed frees the lease',
  async (t) => {
    ours.play((call) =>
      call.complete(false, undefined, [
        { detail: 'busy', code: 'NETBOX_TIMEOUT', disposition: 'wait' }
      ])
    )
    const waiting = await waitFor((await enqueue()).id, ended)
    t.match(waiting, { state: { value: 'failed' }, attempt: 3, error: { code: 'NETBOX_TIMEOUT' } })
    const last = `busy. Attempt 3 of 3 was the last. Once that is mended, start it again: "proxbox rerun ${waiting.id}".`
    t.equal(waiting.error?.detail, last)
    t.same(
      waiting.errors.map(({ detail }) => detail),
      [last],
      'told once'
    )
    t.ok(
      (ours.calls[1]?.atMs ?? 0) - (ours.calls[0]?.atMs ?? 0) < leaseMs,
      'no wait for a lease that was given back'
    )
    const frames = await checkFrames(t, waiting)
    t.match(frames.at(-2), { event: 'error', data: { code: 'NETBOX_TIMEOUT' } })
    const warning = (attempt: number) => ({
      event: 'step',
      data: {
        status: 'warning',
        code: 'NETBOX_TIMEOUT',
        disposition: 'wait',
        message: new RegExp(`^Attempt ${attempt} of 3 .* begins at \\d{4}-\\S+Z: busy$`)
      }
    })
    t.match(
      frames.filter((frame) => frame.data.status === 'warning'),
      [warning(1), warning(2)],
      'before each pause: why, and when the next attempt begins'
    )
    ours.play((call) =>
      call.complete(false, undefined, [
        { detail: 'no', code: 'NETBOX_CREDENTIAL', disposition: 'stop' }
      ])
    )
    const stopped = await waitFor((await enqueue()).id, ended)
    t.match(stopped, {
      state: { value: 'failed' },
      attempt: 1,
      error: { code: 'NETBOX_CREDENTIAL' }
    })
    ours.play((call) => (call.attempt === 1 ? call.end() : call.complete()))
    const retried = await waitFor((await enqueue()).id, (run) => run.error !== null)
    t.match(retried.error, { code: 'BACKEND_INCOMPLETE' })
    await waitFor(retried.id, ended)
  }
)

t.test('cancel: in the line, while running, heard and unheard', async (t) => {
  ours.play(async (call) => {
    const body = { run_id: call.runId, attempt: call.attempt }
    for (let look = 0; look < 100; look += 1) {
      const lease = await stack.collector.ask<{ cancelled: boolean }>('renewLease', { body })
      if (lease.cancelled) break
      await new Promise((resolve) => setTimeout(resolve, 30))
    }
    call.complete(false, { ...succeeded, outcome: 'cancelled' })
  })
  const running = await enqueue()
  await waitFor(running.id, isIn('running'))
  const queued = await enqueue()
  t.match(await act('readRun', queued), {
    waiting_for: { reason: 'NetBox busy', position: 1, run: running.id }
  })
  t.match(await act('cancelRun', queued), { state: { value: 'cancelled' } })
  await checkFrames(t, queued)
  await act('cancelRun', running)
  t.match(await waitFor(running.id, ended), { state: { value: 'cancelled' } })
  await checkFrames(t, running)
  t.same(await stack.database.orm.select().from(leases), [], 'a confirmed end frees the lease')
  await t.rejects(act('cancelRun', running), { code: 'RUN_NOT_CANCELLABLE' })

  ours.play((call) => call.comment())
  const deaf = await enqueue()
  await waitFor(deaf.id, isIn('running'))
  await waitForCall()
  await act('cancelJob', deaf)
  t.match(await waitFor(deaf.id, ended), { state: { value: 'cancelled' } })
  t.equal(
    (await stack.database.orm.select().from(leases)).length,
    1,
    'an unclean end keeps it until it runs out'
  )
  await checkFrames(t, deaf)
})

async function waitForCall() {
  for (let look = 0; look < 200 && ours.calls.length === 0; look += 1)
    await new Promise((resolve) => setTimeout(resolve, 10))
}

t.test('the time of a Run ends it', async (t) => {
  const shortened = Promise.withResolvers<void>()
  const busy = { detail: 'x', code: 'NETBOX_TIMEOUT', disposition: 'wait' }
  ours.play(async (call) => {
    await shortened.promise
    if (call.attempt === 1) call.complete(false, undefined, [busy])
  })
  const run = await enqueue()
  // Less than a lease, which nobody renews here.
  await stack.database.orm.update(runs).set({ timeoutSeconds: 1 }).where(eq(runs.id, run.id))
  shortened.resolve()
  t.match(await waitFor(run.id, ended), {
    state: { value: 'failed' },
    error: { code: 'RUN_TIMEOUT' }
  })
  await checkFrames(t, run)
})

t.test('a plan awaits approval, is approved once, and its apply Run finds the Plan', async (t) => {
  ours.play((call) => call.complete(true, { ...succeeded, outcome: 'awaiting_approval', plan: 4 }))
  const plan = await enqueue({ mode: 'plan' })
  const waiting = await waitFor(plan.id, isIn('awaiting_approval'))
  t.match(waiting, { plan: 4, ended: null, waiting_for: { reason: /approve_run/ } })
  t.equal(ours.calls[0]?.query.get('mode'), 'plan')
  await checkFrames(t, plan)
  world.writeMode = 'off'
  await t.rejects(act('approveRun', plan), { code: 'WRITES_OFF' })
  world.writeMode = 'budget'
  let lease: Partial<Static<typeof LeaseState>> = {}
  ours.play(async (call) => {
    lease = await stack.collector.ask('renewLease', {
      body: { run_id: call.runId, attempt: call.attempt }
    })
    call.complete()
  })
  const apply = await act('approveRun', plan)
  t.match(apply, { mode: { value: 'apply' }, parent: plan.id })
  t.match(await act('readRun', plan), { state: { value: 'succeeded' } })
  await t.rejects(act('approveRun', plan), { code: 'RUN_NOT_APPROVABLE' })
  await waitFor(apply.id, ended)
  t.match(lease, {
    mode: 'apply',
    plan_run_id: plan.run_id,
    netbox_endpoint_id: 1,
    cancelled: false
  })
  const again = await act('runJob', apply)
  t.match(await waitFor(again.id, ended), { state: { value: 'succeeded' }, parent: apply.id })
})

t.test('requests: one Run per NetBox, busy, and what is refused', async (t) => {
  ours.play((call) => void setTimeout(call.complete, 300))
  const both = await ask<Run[]>('syncDevices', { query: { netbox_endpoint_ids: '1,2' } })
  t.equal(new Set(both.map((run) => run.group)).size, 1)
  t.same(
    both.map((run) => run.netbox_endpoint.id),
    [1, 2]
  )
  const busy = await stack.call('syncFullUpdate', {
    body: { netbox_endpoint_ids: [1], queue: false }
  })
  t.match(busy, {
    status: 409,
    body: { code: 'NETBOX_BUSY', detail: new RegExp(`Run ${both[0]?.id}`) }
  })
  const refused = (body: object) => stack.call('syncFullUpdate', { body })
  t.match(await refused({ netbox_endpoint_ids: [7] }), {
    status: 400,
    body: { netbox_endpoint_ids: [/id 7/] }
  })
  t.match(await refused({ netbox_vm_ids: [5] }), {
    status: 400,
    body: { netbox_vm_ids: [/exactly one/] }
  })
  t.match(await refused({ netbox_endpoint_id: [1] }), {
    status: 400,
    body: { netbox_endpoint_id: [/Unknown field/] }
  })
  t.match(
    await stack.call('syncFullUpdate', { query: { mdoe: 'plan' } }),
    { status: 400, body: { mdoe: [/Unknown field/] } },
    'a misspelt word never widens what is synced'
  )
  world.netboxes = []
  t.match(await refused({}), { status: 400, body: { code: 'NO_NETBOX_ENDPOINT' } })
  world.netboxes = [1, 2]
  await Promise.all(both.map((run) => waitFor(run.id, ended)))
  const query = { group: both[0]?.group, state: 'succeeded,failed', limit: 1 }
  const list = await ask<{ count: number; next: string; results: Run[] }>('listRuns', { query })
  t.match(list, { count: 2, results: [{ id: both[1]?.id }] }, 'newest first')
  t.match(list.next, /^http:\/\/proxbox\/api\/plugins\/proxbox\/runs\/\?.*offset=1/)
  t.match(await stack.call('readRun', { params: { id: '99999' } }), { status: 404 })
  const path = { params: { id: 1 } }
  t.match(await ask('keepaliveFastAPI', path), {
    status: 'success',
    authentication: 'ok',
    http_status: 200
  })
})

t.test(
  'two orchestrators: never two attempts on one NetBox, several NetBoxes side by side',
  async (t) => {
    ours.play((call) => void setTimeout(call.complete, 120))
    const bodies = [1, 1, 1, 2, 2].map((id) => ({ netbox_endpoint_ids: [id] }))
    const enqueued = await Promise.all(bodies.map((body) => enqueue(body)))
    for (const run of enqueued)
      t.match(await waitFor(run.id, ended), { state: { value: 'succeeded' }, attempt: 1 })
    const netboxOf = new Map(enqueued.map((run) => [run.run_id, run.netbox_endpoint.id]))
    t.equal(ours.calls.length, 5, 'each Run was called once')
    const together = (isSame: boolean) =>
      ours.calls.some((a) =>
        ours.calls.some(
          (b) =>
            a !== b &&
            (netboxOf.get(a.runId) === netboxOf.get(b.runId)) === isSame &&
            a.atMs < (b.endedMs ?? 0) - 5 &&
            b.atMs < (a.endedMs ?? 0) - 5
        )
      )
    t.equal(together(true), false)
    t.equal(together(false), true)
  }
)

t.test(
  'a lost attempt is replaced: the old one is cut, and a complete sent twice is stored once',
  async (t) => {
    let isFirstCut = false
    ours.play((call) => {
      if (call.attempt > 1) return call.complete()
      const timer = setInterval(() => {
        call.send('step', { step: 'devices', status: 'started', message: 'still there' })
        isFirstCut = call.endedMs !== undefined
        if (isFirstCut) clearInterval(timer)
      }, 20)
    })
    const run = await enqueue()
    await waitForCall()
    await stack.database.orm.delete(leases)
    t.match(await waitFor(run.id, ended), { state: { value: 'succeeded' }, attempt: 2 })
    const body = { run_id: run.run_id, attempt: 1 }
    t.match(await stack.collector.call('renewLease', { body }), {
      status: 409,
      body: { code: 'LEASE_LOST' }
    })
    const frames = await checkFrames(t, run)
    const event = { event: 'complete', data: frames.at(-1)?.data ?? {} }
    const payload = { event, attempt: 2, message_id: `${run.run_id}:2:late` }
    await stack.database.orm
      .insert(outbox)
      .values({ channel: 'frames', parameters: { run_id: run.run_id }, payload })
    for (
      let look = 0;
      look < 200 && (await stack.database.orm.select().from(outbox)).length > 0;
      look += 1
    )
      await new Promise((resolve) => setTimeout(resolve, 25))
    t.same(await stack.database.orm.select().from(outbox), [], 'the outbox is empty again')
    t.equal((await checkFrames(t, run)).length, frames.length)
    t.equal(isFirstCut, true, 'the replaced attempt left its backend')
  }
)

t.test(
  'an existing backend: stage by stage, its ok decides; what it cannot do is never sent',
  async (t) => {
    foreign.play((call) => {
      call.send('step', { step: 'stage', status: 'completed', rowid: 3 })
      call.send('complete', { ok: !call.path.includes('storage') })
      call.end()
    })
    const body = { fastapi_endpoint_id: 9, sync_types: ['storage', 'devices'] }
    const run = await waitFor((await enqueue(body)).id, ended)
    t.match(run, { state: { value: 'failed' }, error: { code: 'BACKEND_FAILED' } })
    t.same(
      foreign.calls.map((call) => call.path),
      ['/dcim/devices/create/stream', '/virtualization/virtual-machines/storage/create/stream']
    )
    await checkFrames(t, run)
    foreign.play((call) => void setTimeout(() => call.send('complete', { ok: true }), 2 * leaseMs))
    const long = await waitFor((await enqueue({ ...body, sync_types: ['devices'] })).id, ended)
    t.match(long, { state: { value: 'succeeded' }, attempt: 1 }, 'its lease was renewed for it')
    foreign.play((call) => call.send('complete', { ok: true }))
    foreign.unknownPaths.add('/cluster/backup/stream')
    const whole = await waitFor((await enqueue({ fastapi_endpoint_id: 9 })).id, ended)
    t.match(whole, { state: { value: 'degraded' }, errors: [{ code: 'BACKEND_INCAPABLE' }] })
    t.equal(foreign.calls.length, 9, 'all but the stage that it does not know')
    const named = { ...body, sync_types: ['backup-routines'] }
    const unknown = await waitFor((await enqueue(named)).id, ended)
    t.match(unknown, { state: { value: 'failed' }, error: { code: 'BACKEND_REFUSED' } })
    foreign.play((call) => call.send('complete', { ok: true }))
    const plan = await waitFor((await enqueue({ ...body, mode: 'plan' })).id, ended)
    t.match(plan, { state: { value: 'failed' }, error: { code: 'BACKEND_INCAPABLE' } })
    t.same(foreign.calls, [])
  }
)

t.test('an orchestrator that stops hands its Run to the other', async (t) => {
  const [first] = stack.services
  ours.play((call) => (call.attempt === 1 ? call.comment() : call.complete()))
  const waiting = await Promise.all([enqueue(), enqueue({ netbox_endpoint_ids: [2] })])
  for (const run of waiting) await waitFor(run.id, isIn('running'))
  await first?.stop()
  const second = stack.services[1]
  stack.services.push(await stack.start())
  await second?.stop()
  for (const run of waiting) {
    // The second one, stopped as well, may have begun an attempt of its own.
    const done = await waitFor(run.id, ended)
    t.match(done, { state: { value: 'succeeded' } })
    t.ok([2, 3].includes(done.attempt), `attempt ${done.attempt}`)
    await checkFrames(t, run)
  }
})

t.test(
  'an orchestrator that is killed: the Run goes on after its lease, and still has one complete',
  async (t) => {
    for (const service of stack.services) await service.stop()
    const kill = await stack.startProcess()
    ours.play((call) => {
      call.send('step', { step: 'devices', status: 'started', message: 'go' })
      if (call.attempt > 1) call.complete()
    })
    const run = await enqueue()
    await waitForCall()
    const startedMs = performance.now()
    await kill()
    stack.services.push(await stack.start())
    t.match(await waitFor(run.id, ended), { state: { value: 'succeeded' }, attempt: 2 })
    t.ok(performance.now() - startedMs > leaseMs - 200, 'the lease was respected')
    const frames = await checkFrames(t, run)
    t.same(
      frames.flatMap((frame) => frame.data.state ?? []),
      ['queued', 'running', 'queued', 'running']
    )
  }
)
