import type { LeaseState, Principal, Run } from '@proxbox/contracts'
import { eq, sql } from '@proxbox/database'
import t from 'tap'
import type { Static } from 'typebox'
import { leases, runs } from '../src/db/schema.ts'
import type { Call } from './backend.ts'
import { succeeded } from './backend.ts'
import { admin, openStack } from './stack.ts'

const stack = await openStack()
t.teardown(() => stack.close())
const { ask, ours, foreign, waitFor, world } = stack
const enqueue = (body: object = {}): Promise<Run> =>
  ask('syncFullUpdate', { body: { netbox_endpoint_ids: [1], ...body } })
const isIn =
  (...states: readonly string[]) =>
  (run: Run) =>
    states.includes(run.state.value)
const ended = isIn('succeeded', 'degraded', 'failed', 'cancelled')
const act = (operation: string, run: Run, body?: object): Promise<Run> =>
  ask(operation, { params: { id: String(run.id) }, ...(body === undefined ? {} : { body }) })
const as = (principal: Principal, operation: string, run: Run) =>
  stack.call(operation, { params: { id: String(run.id) }, principal })
const unchanged = { count: 1, created: 0, updated: 0, deleted: 0, unchanged: 1, held: 0 }
const nothingWritten = { ...succeeded, counts: { 'dcim.device': unchanged } }
const held = { ...succeeded, outcome: 'awaiting_approval', held: 3, plan: 3 }
const leasesNow: Static<typeof LeaseState>[] = []

/** A backend that tells what its lease says, then ends so. */
const ending = (result: object) => async (call: Call) => {
  const body = { run_id: call.runId, attempt: call.attempt }
  leasesNow.push(await stack.collector.ask<Static<typeof LeaseState>>('renewLease', { body }))
  call.complete(true, result)
}
const lastLease = () => leasesNow.at(-1)
const messageOf = async (run: Run) =>
  (await stack.framesOf(run)).find((frame) => frame.event === 'complete')?.data.message

t.test('a sync that holds Changes back awaits approval, with its lease given back', async (t) => {
  ours.play(ending(held))
  const sync = await enqueue()
  const waiting = await waitFor(sync.id, isIn('awaiting_approval'))
  t.match(waiting, { mode: { value: 'sync' }, plan: 3, held: 3, ended: null, applied_by: null })
  t.match(waiting.waiting_for, { reason: 'approval by a user with netbox_proxbox.approve_run' })
  t.same(await stack.database.orm.select().from(leases), [])
  t.match(await messageOf(sync), /written what it may write without asking.*await approval/)
  t.match(lastLease(), { plan_only: false, netbox: 'b1' })
  await t.rejects(act('undoRun', sync), {
    code: 'RUN_NOT_UNDOABLE',
    message: /awaits approval for the rest \(approve or reject it first\)/
  })
  ours.play(ending(succeeded))
  const apply = await act('approveRun', sync)
  t.match(apply, { mode: { value: 'apply' }, parent: sync.id, group: sync.group })
  t.match(await act('readRun', sync), { state: { value: 'succeeded' }, applied_by: apply.id })
  await waitFor(apply.id, ended)
  t.match(lastLease(), { mode: 'apply', plan_run_id: sync.run_id })
  const again = new RegExp(`approved, and Run ${apply.id} writes what it has planned`)
  await t.rejects(act('cancelRun', sync), { code: 'RUN_NOT_CANCELLABLE', message: again })
  await t.rejects(act('approveRun', sync), { code: 'RUN_NOT_APPROVABLE', message: again })

  ours.play(ending(held))
  const rejected = await enqueue()
  await waitFor(rejected.id, isIn('awaiting_approval'))
  t.match(await act('cancelRun', rejected), {
    state: { value: 'cancelled' },
    error: { code: 'RUN_CANCELLED' }
  })
  await t.rejects(act('approveRun', rejected), { message: /is cancelled: only a Run that awaits/ })
  ours.play(ending(succeeded))
  t.match(await act('undoRun', rejected), { mode: { value: 'undo' } }, 'what it did write')
})

t.test('undo: of what was written, shown first where asked, and itself taken back', async (t) => {
  ours.play(ending(succeeded))
  const options = { fetch_max_concurrency: 2, sync_types: ['devices', 'storage'] }
  const sync = await waitFor((await enqueue(options)).id, ended)
  world.writeMode = 'off'
  await t.rejects(act('undoRun', sync), { code: 'WRITES_OFF' })
  world.writeMode = 'plan'
  ours.play(ending({ ...nothingWritten, outcome: 'awaiting_approval', plan: 2 }))
  const shown = await act('undoRun', sync, { plan: true })
  t.match(shown, {
    mode: { value: 'undo' },
    parent: sync.id,
    name: `plan undo ${sync.name}`,
    sync_types: sync.sync_types,
    options: { fetch_max_concurrency: 2, plan_only: true }
  })
  const waiting = await waitFor(shown.id, isIn('awaiting_approval'))
  const taken = { plan_run_id: sync.run_id, plan_run: sync.id }
  t.match(lastLease(), { mode: 'undo', ...taken, plan_only: true })
  t.equal(ours.calls[0]?.path, '/full-update/stream')
  t.equal(ours.calls[0]?.query.get('mode'), 'undo')
  t.match(waiting.waiting_for, { reason: /approve_run/ })
  t.match(await messageOf(shown), /take back and awaits approval/)
  ours.play(ending(succeeded))
  const undo = await act('approveRun', shown)
  t.match(undo, {
    mode: { value: 'undo' },
    parent: shown.id,
    name: `undo ${sync.name}`,
    options: { fetch_max_concurrency: 2 }
  })
  t.notOk(undo.options.plan_only)
  await waitFor(undo.id, ended)
  t.match(lastLease(), { mode: 'undo', plan_run_id: sync.run_id, plan_only: false })
  await t.rejects(act('undoRun', shown), {
    message: new RegExp(`only planned \\(Run ${undo.id} wrote that\\)`)
  })
  const back = await act('undoRun', undo)
  await waitFor(back.id, ended)
  t.match(lastLease(), { mode: 'undo', plan_run_id: undo.run_id })
  t.match(back, { parent: undo.id, name: `undo undo ${sync.name}` })
  const rerun = await act('rerunRun', undo)
  await waitFor(rerun.id, ended)
  t.match(lastLease(), { mode: 'undo', plan_run_id: sync.run_id }, 'the same again')
  const may = (...permissions: string[]): Principal => ({ ...admin, superuser: false, permissions })
  t.match(await as(may('netbox_proxbox.enqueue_proxbox_sync'), 'rerunRun', undo), {
    status: 403,
    body: { code: 'PERMISSION_DENIED', detail: /undo_run/ }
  })
  t.equal((await as(may('netbox_proxbox.undo_run'), 'rerunRun', undo)).status, 202)
  world.writeMode = 'budget'
})

t.test('a Run whose parent retention took says so, and works as before', async (t) => {
  ours.play(ending(succeeded))
  const sync = await waitFor((await enqueue()).id, ended)
  const again = await waitFor((await act('rerunRun', sync)).id, ended)
  const undo = await waitFor((await act('undoRun', again)).id, ended)
  t.match(again, { parent: sync.id, not_kept: [] })
  const remove = (run: Run) => stack.database.orm.delete(runs).where(eq(runs.id, run.id))
  await remove(sync)
  const orphan = { parent: sync.id, not_kept: [sync.id] }
  t.match(await act('readRun', again), orphan)
  const listed = await ask<{ results: Run[] }>('listRuns', { query: { id: again.id } })
  t.match(listed.results, [orphan])
  t.match(await act('undoRun', again), { mode: { value: 'undo' }, parent: again.id, not_kept: [] })
  t.match(await act('rerunRun', again), { parent: again.id })
  t.match(await as(admin, 'readRun', sync), {
    status: 404,
    body: { detail: /ended more than run_retention_days ago/ }
  })

  await remove(again)
  t.match(await as(admin, 'rerunRun', undo), {
    status: 409,
    body: { code: 'CONFLICT', detail: /not kept any more: start a new plan or sync\./ }
  })
  t.match(await waitFor((await act('undoRun', undo)).id, ended), { state: { value: 'succeeded' } })
  t.match(lastLease(), { mode: 'undo', plan_run_id: undo.run_id }, 'what it took back comes back')
})

t.test('undo: only of what has ended and may have written', async (t) => {
  const refused = async (run: Run, message: RegExp) =>
    await t.rejects(act('undoRun', run), { code: 'RUN_NOT_UNDOABLE', message })
  ours.play(ending(nothingWritten))
  await refused(await waitFor((await enqueue()).id, ended), /has written nothing/)
  await refused(await waitFor((await enqueue({ mode: 'plan' })).id, ended), /has only planned/)
  ours.play((call) => call.comment())
  const running = await enqueue()
  await waitFor(running.id, isIn('running'))
  await refused(running, /is running/)
  for (let look = 0; look < 200 && ours.calls.length === 0; look += 1)
    await new Promise((resolve) => setTimeout(resolve, 10))
  await act('cancelRun', running)
  const cut = await waitFor(running.id, ended)
  ours.play(ending(succeeded))
  t.match(await act('undoRun', cut), { parent: cut.id }, 'cut in the middle: it may have written')

  foreign.play((call) => call.send('complete', { ok: true, result: succeeded }))
  const old = await waitFor((await enqueue({ fastapi_endpoint_id: 9 })).id, ended)
  const calls = foreign.calls.length
  const impossible = await waitFor((await act('undoRun', old)).id, ended)
  t.match(impossible, { state: { value: 'failed' }, error: { code: 'BACKEND_INCAPABLE' } })
  t.match(impossible.error?.detail, /mode undo/)
  t.equal(foreign.calls.length, calls, 'nothing was sent')
  await t.rejects(ask('undoRun', { params: { id: '99999' } }), { code: 'NOT_FOUND' })
  const unknown = { params: { id: String(old.id) }, body: { plans: true }, principal: admin }
  t.equal((await stack.call('undoRun', unknown)).status, 400)
})

t.test('nothing new begins for a NetBox Endpoint that is disabled or was removed', async (t) => {
  ours.play(ending(held))
  const waiting = await waitFor((await enqueue()).id, isIn('awaiting_approval'))
  ours.play(ending(succeeded))
  const done = await waitFor((await enqueue()).id, ended)
  const refused = async (message: RegExp) => {
    await t.rejects(act('approveRun', waiting), { code: 'CONFLICT', message })
    await t.rejects(act('undoRun', done), { code: 'CONFLICT', message })
    await t.rejects(act('rerunRun', done), { code: 'CONFLICT', message })
  }
  world.disabled = [1]
  await refused(/NetBox Endpoint netbox1, which is disabled: run "proxbox endpoint set netbox/)
  world.disabled = []
  world.netboxes = [2]
  await refused(/NetBox Endpoint netbox1, which was removed: nothing goes there any more\./)
  const reject = new RegExp(`Reject the Plan with "proxbox cancel ${waiting.id}"`)
  await t.rejects(act('approveRun', waiting), { message: reject })
  t.match(await act('cancelRun', waiting), { state: { value: 'cancelled' } })
  world.netboxes = [1, 2]
})

t.test('an approval that nobody gives expires, with or without the registry', async (t) => {
  ours.play(ending(held))
  const [old, young] = [await enqueue(), await enqueue()]
  for (const run of [old, young]) await waitFor(run.id, isIn('awaiting_approval'))
  const age = (run: Run, days: number) =>
    stack.database.orm
      .update(runs)
      .set({ awaitingSince: sql`clock_timestamp() - ${days}::integer * interval '1 day'` })
      .where(eq(runs.id, run.id))
  await age(young, 2)
  world.expireDays = undefined
  await age(old, 8)
  const asked = world.settingsAsked
  for (let look = 0; look < 1000 && world.settingsAsked < asked + 2; look += 1)
    await new Promise((resolve) => setTimeout(resolve, 10))
  t.ok(world.settingsAsked >= asked + 2, 'it was looked at, and the registry did not say')
  t.match(
    await act('readRun', old),
    { state: { value: 'awaiting_approval' } },
    'unknown is not over'
  )
  world.expireDays = 7
  const expired = await waitFor(old.id, ended)
  t.match(expired, {
    state: { value: 'cancelled' },
    error: {
      code: 'RUN_EXPIRED',
      detail: /awaited approval for as long as approval_expire_days allows \(7\): plan again/
    }
  })
  t.ok(expired.ended)
  t.match(await act('readRun', young), { state: { value: 'awaiting_approval' } })
  await t.rejects(act('approveRun', old), { code: 'RUN_EXPIRED', message: /allows \(7\)/ })
  t.equal((await stack.framesOf(old)).filter((frame) => frame.event === 'complete').length, 1)
  world.expireDays = undefined
  await age(young, 9)
  t.match(
    await waitFor(young.id, ended),
    { error: { code: 'RUN_EXPIRED' } },
    'by what was told last'
  )
  world.expireDays = 7
})

t.test(
  'the inventory, and no other, hears which Runs are kept, whoever may see them',
  async (t) => {
    ours.play(ending(succeeded))
    const run = await waitFor((await enqueue()).id, ended)
    const others = Array.from({ length: 99 }, (_, n) =>
      run.run_id.replace(/.{12}$/, String(10 ** 11 + n))
    )
    const query = { run_id: [...others, run.run_id] }
    t.same(await stack.inventory.ask('readKeptRuns', { query }), { kept: [run.run_id] })
    t.same(await stack.inventory.ask('readKeptRuns', { query: { run_id: others[0] } }), {
      kept: []
    })
    t.match(await stack.inventory.ask('readSettings', {}), { run_retention_days: 90 })
    await t.rejects(stack.collector.ask('readKeptRuns', { query, timeoutMs: 500 }))
  }
)

t.test('a Run is seen by whoever may view all Endpoints in its scope', async (t) => {
  ours.play(ending(succeeded))
  const whole = await waitFor((await enqueue()).id, ended)
  const part = await waitFor((await enqueue({ proxmox_endpoint_ids: [1] })).id, ended)
  const other = await waitFor((await enqueue({ netbox_endpoint_ids: [2] })).id, ended)
  const one: Principal = { ...admin, superuser: false, endpoints: { proxmox: [1], netbox: [1] } }
  const sees = async (principal: Principal) => {
    const query = { id: [whole.id, part.id, other.id], ordering: 'id' }
    const list = await ask<{ count: number; results: Run[] }>('listRuns', { query, principal })
    t.equal(list.count, list.results.length)
    return list.results.map((run) => run.id)
  }
  t.same(await sees(one), [part.id], 'all Proxmox Endpoints are more than it may view')
  t.same(await sees({ ...one, endpoints: { netbox: [1] } }), [whole.id, part.id])
  t.same(await sees({ ...one, endpoints: { proxmox: [1, 2] } }), [part.id])
  t.same(await sees({ ...one, endpoints: { proxmox: [] } }), [])
  t.same(await sees({ ...one, superuser: true }), [whole.id, part.id, other.id])
  t.equal((await as(one, 'readRun', part)).status, 200)
  for (const operation of ['readRun', 'cancelRun', 'rerunRun', 'approveRun', 'undoRun'])
    t.match(
      await as(one, operation, whole),
      { status: 404, body: { code: 'NOT_FOUND' } },
      operation
    )
  const made = await stack.call<Run>('syncDevices', { principal: one })
  t.match(made, {
    status: 202,
    body: { scope: { proxmox_endpoint_ids: [1] }, netbox_endpoint: { id: 1 } }
  })
  const hidden = { principal: one, body: { netbox_endpoint_ids: [2] } }
  t.match(await stack.call('syncDevices', hidden), {
    status: 400,
    body: { netbox_endpoint_ids: [/no NetBox Endpoint with id 2/] }
  })
  await waitFor(made.body.id, ended)
})

t.test('a Run whose NetBox turned out to be another one waits for that lease', async (t) => {
  ours.play((call) => void setTimeout(call.complete, 300))
  const first = await enqueue()
  await waitFor(first.id, isIn('running'))
  world.identities[2] = 'b1'
  const stale = await enqueue({ netbox_endpoint_ids: [2] })
  await stack.database.orm.update(runs).set({ netbox: 'b2' }).where(eq(runs.id, stale.id))
  const done = await waitFor(stale.id, ended)
  t.match(done, { state: { value: 'succeeded' } })
  t.ok(done.attempt > 1, `attempt ${done.attempt}`)
  const [row] = await stack.database.orm.select().from(runs).where(eq(runs.id, stale.id))
  t.equal(row?.netbox, 'b1')
  t.same(ours.calls.length, 2)
  const [a, b] = ours.calls
  t.ok((a?.endedMs ?? Infinity) <= (b?.atMs ?? 0) + 5, 'never two at once')
  t.same(await stack.database.orm.select().from(leases), [], 'no lease is left behind')
  delete world.identities[2]
})

t.test('a backend that finds another identity loses one attempt, not two', async (t) => {
  world.identities[2] = 'b2'
  ours.play((call) => {
    if (call.attempt > 1) return call.complete()
    world.identities[2] = 'bcopied12'
    const detail = 'The lease is for another identity.'
    call.complete(false, undefined, [{ code: 'LEASE_LOST', detail, disposition: 'wait' }])
  })
  const done = await waitFor((await enqueue({ netbox_endpoint_ids: [2] })).id, ended)
  t.match(done, { state: { value: 'succeeded' }, attempt: 2 })
  const [row] = await stack.database.orm.select().from(runs).where(eq(runs.id, done.id))
  t.equal(row?.netbox, 'bcopied12')
  t.same(await stack.database.orm.select().from(leases), [], 'no lease is left behind')
  delete world.identities[2]
})
