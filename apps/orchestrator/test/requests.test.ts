import { syncTypes } from '@proxbox/contracts'
import { FieldErrors } from '@proxbox/service-kit'
import t from 'tap'
import { resultOf } from '../src/attempts/attempt-result.ts'
import { noCapabilities } from '../src/attempts/backend.ts'
import { callsFor } from '../src/attempts/calls-for.ts'
import { backendEventFrom } from '../src/attempts/decode-event.ts'
import { mergeRequest } from '../src/sync/merge-request.ts'
import { pick } from '../src/sync/resolve-endpoints.ts'

const own = {
  modes: ['sync', 'plan', 'apply', 'undo'],
  subset: true,
  scopes: ['proxmox_endpoint_ids', 'netbox_vm_ids'],
  lease: true
}
const run: Parameters<typeof callsFor>[0] = {
  runId: '01900000-0000-7000-8000-000000000000',
  attempt: 2,
  mode: 'sync',
  syncTypes: [...syncTypes],
  scope: { proxmox_endpoint_ids: [], netbox_vm_ids: [] },
  options: { fetch_max_concurrency: 4 }
}

t.test('query and body are one request, lists come in any form', async (t) => {
  const wanted = mergeRequest(
    'syncFullUpdate',
    { proxmox_endpoint_ids: '3, 4,3', timeout: 60, mode: 'plan', fetch_max_concurrency: 2 },
    { netbox_endpoint_ids: [7], timeout: 120, sync_types: 'vm-disks,devices', queue: false }
  )
  t.match(wanted, {
    syncTypes: ['devices', 'vm-disks'],
    proxmoxEndpointIds: [3, 4],
    netboxEndpointIds: [7],
    timeoutSeconds: 120,
    mode: 'plan',
    isQueueing: false,
    options: { fetch_max_concurrency: 2 }
  })
  t.same(mergeRequest('syncFullUpdate', {}, null).syncTypes, syncTypes, 'nothing named is all')
  t.equal(mergeRequest('syncFullUpdate', { plan_only: true }, null).mode, 'plan')
  t.same(mergeRequest('syncVmDisks', { sync_types: 'devices' }, null).syncTypes, ['vm-disks'])
  t.throws(() => mergeRequest('syncFullUpdate', { sync_types: 'disks' }, null), FieldErrors)
})

t.test('a named Endpoint must exist and be enabled', async (t) => {
  const endpoints = [
    { id: 1, name: 'a', enabled: true },
    { id: 2, name: 'b', enabled: false }
  ]
  const facts = { field: 'netbox_endpoint_ids', what: 'NetBox' }
  t.same(
    pick(endpoints, { ...facts, ids: [] }).map((one) => one.id),
    [1]
  )
  t.throws(() => pick(endpoints, { ...facts, ids: [2] }), {
    name: 'FieldErrors',
    message: /disabled/
  })
  t.throws(() => pick(endpoints, { ...facts, ids: [9] }), {
    name: 'FieldErrors',
    message: /no NetBox/
  })
})

t.test('our backend takes a subset in one call, others are called stage by stage', async (t) => {
  const backend = { name: 'b', capabilities: own }
  const [whole, ...more] = callsFor(run, backend, 'budget')
  t.match(whole, {
    path: { path: '/full-update/stream' },
    query: { sync_types: syncTypes.join(','), mode: 'sync', fetch_max_concurrency: 4 },
    headers: { 'proxbox-run': run.runId, 'proxbox-attempt': '2' }
  })
  t.same(more, [])
  const [single] = callsFor({ ...run, syncTypes: ['storage'] }, backend, 'plan')
  t.equal(single?.path.step, 'storage')
  const undo = {
    ...run,
    mode: 'undo',
    syncTypes: ['storage'],
    options: { plan_only: true }
  } as const
  const [taken, ...others] = callsFor({ ...undo, syncTypes: ['storage'] }, backend, 'plan')
  t.match(taken, { path: { path: '/full-update/stream' }, query: { mode: 'undo' } })
  t.notOk('plan_only' in (taken?.query ?? {}), 'the lease says it')
  t.same(others, [])
  const stages = callsFor(run, { name: 'old', capabilities: noCapabilities }, 'budget')
  t.same(
    stages.map((call) => call.path.step),
    syncTypes
  )
})

t.test('what a backend does not announce is refused before anything is sent', async (t) => {
  const old = { name: 'old', capabilities: noCapabilities }
  const refused = (facts: object, writeMode: string, capability: RegExp) =>
    t.throws(() => callsFor({ ...run, ...facts }, old, writeMode), {
      code: 'BACKEND_INCAPABLE',
      message: capability
    })
  refused({ mode: 'plan' }, 'budget', /mode plan/)
  refused({ mode: 'apply' }, 'budget', /mode apply/)
  refused({ mode: 'undo' }, 'budget', /mode undo/)
  refused({}, 'plan', /write_mode plan/)
  refused({}, 'off', /write_mode off/)
  refused(
    { scope: { proxmox_endpoint_ids: [1], netbox_vm_ids: [] } },
    'budget',
    /proxmox_endpoint_ids/
  )
})

t.test('existing backends leave members out, and that is read tolerantly', async (t) => {
  const event = (name: string, data: unknown) =>
    backendEventFrom(
      { event: name, data: typeof data === 'string' ? data : JSON.stringify(data) },
      'devices'
    )
  t.match(event('step', { status: 'odd', message: 'x'.repeat(900), result: 7 }), {
    data: { step: 'devices', status: 'progress', message: /^x{599}…$/, result: undefined }
  })
  t.match(event('complete', { ok: true }), {
    data: { ok: true, result: { outcome: 'succeeded' }, errors: [] }
  })
  t.match(event('complete', { errors: [{ detail: 'no' }, 'text'] }), {
    data: { ok: false, errors_total: 2, errors: [{ code: 'BACKEND_FAILED' }, { detail: 'text' }] }
  })
  t.equal(event('step', '{"cut'), undefined)
  t.equal(event('other', {}), undefined)
})

t.test('several stages end as their worst one', async (t) => {
  const complete = (outcome: 'succeeded' | 'degraded' | 'failed', ok = true) => {
    const counts = {
      devices: { count: 1, created: 1, updated: 0, deleted: 0, unchanged: 0, held: 0 }
    }
    const result = { outcome, counts, gaps: [], held: 1, plan: null }
    return { ok, message: 'm', result, errors: [], errors_total: 0 }
  }
  const facts = { endpoint: 'b', skipped: [] }
  const sum = resultOf([complete('succeeded'), complete('degraded')], facts)
  t.match(sum, { outcome: 'degraded', result: { held: 2, counts: { devices: { created: 2 } } } })
  t.match(resultOf([complete('succeeded'), complete('failed', false)], facts), {
    outcome: 'failed',
    error: { code: 'BACKEND_FAILED', disposition: 'stop' }
  })
  const skipped = resultOf([complete('succeeded')], { endpoint: 'b', skipped: ['replications'] })
  t.match(skipped, { outcome: 'degraded', result: { errorsTotal: 1 } })
})
