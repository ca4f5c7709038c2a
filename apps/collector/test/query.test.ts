import { ProxboxError } from '@proxbox/contracts'
import t from 'tap'
import { streamQueryFrom } from '../src/backend/query.ts'

t.test('nothing asked for is nothing said', async (t) => {
  t.strictSame(streamQueryFrom({}), {
    options: {},
    proxmoxEndpointIds: [],
    netboxVmIds: [],
    syncTypes: []
  })
  t.strictSame(streamQueryFrom({ fetch_max_concurrency: ' ', sync_types: '' }).options, {})
})

t.test('flags as existing callers write them', async (t) => {
  const flag = (text: string) =>
    streamQueryFrom({ delete_nonexistent_backup: text }).options.delete_nonexistent_backup
  for (const text of ['True', 'true', '1', 'yes', 'on', ' TRUE ']) t.equal(flag(text), true, text)
  for (const text of ['False', 'false', '0', 'no', 'off']) t.equal(flag(text), false, text)
})

t.test('lists with commas and by repetition', async (t) => {
  const { proxmoxEndpointIds, netboxVmIds, syncTypes } = streamQueryFrom({
    proxmox_endpoint_ids: '3, 1',
    netbox_vm_ids: ['7', '8,9'],
    sync_types: 'vm-disks,devices,vm-disks'
  })
  t.strictSame(proxmoxEndpointIds, [3, 1])
  t.strictSame(netboxVmIds, [7, 8, 9])
  t.strictSame(syncTypes, ['devices', 'vm-disks'], 'in their fixed order, once')
})

t.test('unknown parameters are ignored, bad values are not', async (t) => {
  t.strictSame(streamQueryFrom({ dry_run: 'maybe', overwrite_vm_tags: '?' }).options, {})
  const bad = {
    use_guest_agent_interface_name: 'maybe',
    ignore_ipv6_link_local_addresses: '2',
    fetch_max_concurrency: '0',
    proxmox_endpoint_ids: '1,,2',
    netbox_vm_ids: '-1',
    sync_types: 'everything'
  }
  for (const [name, value] of Object.entries(bad)) {
    const error = t.throws(() => streamQueryFrom({ [name]: value }), ProxboxError)
    t.match(error, { code: 'PARAMETER_INVALID', status: 422, data: { parameter: name } })
  }
})
