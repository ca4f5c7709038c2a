import { type StreamPath, streamPaths } from '@proxbox/contracts'
import t from 'tap'
import { backendEventOf } from '../src/door/backend-event.ts'
import { requestFrom } from '../src/door/door-request.ts'

const [devices] = streamPaths
const all = streamPaths.find((path) => path.types === 'all')
if (devices === undefined || all === undefined) throw new Error('the table has these paths')

const netboxes = (...rows: { id: number; name: string; enabled: boolean }[]) => ({
  ask: async <T>() => ({ results: rows }) as T // what listNetBoxEndpoints answers
})
const one = netboxes({ id: 4, name: 'nb', enabled: true }, { id: 5, name: 'off', enabled: false })
const two = netboxes({ id: 4, name: 'nb', enabled: true }, { id: 6, name: 'lab', enabled: true })
const request = (raw: Record<string, string | string[]>, path: StreamPath = all, bus = one) =>
  requestFrom(path, raw, bus)

t.test('a bare call means the only enabled NetBox', async (t) => {
  t.strictSame(await request({}), { origin: 'door', netbox_endpoint_ids: [4] })
})

t.test('parameters in the words of existing callers', async (t) => {
  const body = await request({
    use_guest_agent_interface_name: 'True',
    delete_nonexistent_backup: '0',
    proxmox_endpoint_ids: ['1', '2,3'],
    fetch_max_concurrency: '500',
    sync_types: 'devices, vm-disks',
    sync_mode_vm: 'always'
  })
  t.strictSame(body, {
    origin: 'door',
    netbox_endpoint_ids: [4],
    use_guest_agent_interface_name: true,
    delete_nonexistent_backup: false,
    proxmox_endpoint_ids: [1, 2, 3],
    fetch_max_concurrency: 64,
    sync_types: ['devices', 'vm-disks']
  })
  t.notOk('sync_types' in (await request({ sync_types: 'vm-disks' }, devices)), 'its path says it')
})

t.test('several NetBoxes: the caller names one', async (t) => {
  await t.rejects(request({}, all, two), { code: 'NETBOX_AMBIGUOUS', status: 422 })
  const error = await request({}, all, two).catch((reason: Error) => reason)
  t.match(error, { message: /4 \(nb\), 6 \(lab\)/ })
  t.match(await request({ netbox_endpoint_ids: '6' }, all, two), { netbox_endpoint_ids: [6] })
  await t.rejects(request({ netbox_endpoint_ids: '4,6' }, all, two), { code: 'NETBOX_AMBIGUOUS' })
  await t.rejects(request({ netbox_endpoint_ids: '5' }), { code: 'NETBOX_AMBIGUOUS' }, 'disabled')
  await t.rejects(request({}, all, netboxes()), { code: 'NO_NETBOX_ENDPOINT' })
})

t.test('bad values are 422 and name the parameter', async (t) => {
  const bad = {
    use_guest_agent_interface_name: 'maybe',
    netbox_vm_ids: '1,',
    netbox_endpoint_ids: 'x',
    fetch_max_concurrency: '1.5',
    sync_types: 'all of them'
  }
  for (const [name, value] of Object.entries(bad))
    await t.rejects(request({ [name]: value }), {
      code: 'PARAMETER_INVALID',
      status: 422,
      data: { parameter: name }
    })
})

t.test('an Event of the contract has nothing of the Frame', async (t) => {
  const frame = { run_id: 'r', seq: 3, at: 'now', step: 'devices', status: 'started', message: 'm' }
  t.strictSame(backendEventOf({ event: 'step', frame: frame as never }), {
    event: 'step',
    data: { step: 'devices', status: 'started', message: 'm' }
  })
  t.equal(backendEventOf({ event: 'state', frame: frame as never }), undefined)
})
