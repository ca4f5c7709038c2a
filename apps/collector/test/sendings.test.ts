import type { Change, PlanStep } from '@proxbox/contracts'
import t from 'tap'
import { sendingFrom } from '../src/sync/sendings.ts'

const vm = 'vm:c/qemu/100'
const made = (key: string, kind: Change['kind'], after: Change['after']): Change => ({
  ...{ key, kind, after, action: 'create', netbox_id: null, before: {}, why: {} },
  ...{ label: 'net0', origin: 'created' }
})
const nic = made(`${vm}/net0`, 'vm-interface', { name: 'net0', virtual_machine: { ref: vm } })
const mac = made('mac', 'mac-address', { mac_address: 'BC:24:11:00:00:01' })
const changes = new Map([nic, mac].map((change) => [change.key, change]))
const step: PlanStep = { kind: 'vm-interface', action: 'create', entries: [] }
const planned = { key: nic.key, fields: ['name', 'virtual_machine'], with_mac: mac.key }
const sent = (places: ReadonlyMap<string, string>) =>
  sendingFrom(step, planned, { changes, places })

t.test('keys become ids, and the MAC travels with its interface', async (t) => {
  t.match(sent(new Map([[vm, 'netbox:vm/7']])), {
    entry: {
      fields: { name: 'net0', virtual_machine: { ref: 'netbox:vm/7' } },
      mac: { key: 'mac', address: 'BC:24:11:00:00:01' }
    },
    mac
  })
})

t.test('what stands on something refused is told, and the MAC that it would bring', async (t) => {
  t.match(sent(new Map()), [
    { change: { key: nic.key }, state: 'skipped', detail: /vm:c\/qemu\/100.*not in NetBox/ },
    { change: { key: mac.key }, state: 'skipped', detail: 'its interface was not made' }
  ])
})

t.test('of late fields nothing is told again, when their object was not made', async (t) => {
  const late: PlanStep = { ...step, action: 'update' }
  const entry = { key: nic.key, fields: ['description'] }
  t.same(sendingFrom(late, entry, { changes, places: new Map() }), [])
})

t.test('what it can do without and is not there stays away, and is told', async (t) => {
  const guest = made(vm, 'vm', {
    name: 'web',
    cluster: { ref: 'netbox:cluster/1' },
    platform: { ref: 'platform:debian-12' },
    tags: [{ ref: 'tag:red' }, { ref: 'tag:blue' }]
  })
  const debian = { ...made('platform:debian-12', 'platform', {}), label: 'Debian 12' }
  const sending = sendingFrom(
    { ...step, kind: 'vm' },
    { key: vm, fields: Object.keys(guest.after) },
    {
      changes: new Map([guest, debian].map((change) => [change.key, change])),
      places: new Map([['tag:red', 'netbox:tag/3']])
    }
  )
  if (!('entry' in sending)) throw new Error('it was left out')
  const { entry, change, rest } = sending
  const kept = { name: 'web', cluster: { ref: 'netbox:cluster/1' } }
  t.same(entry.fields, { ...kept, tags: [{ ref: 'netbox:tag/3' }] })
  t.same(change.after, { ...kept, tags: [{ ref: 'tag:red' }] }, 'the Ledger learns what is sent')
  t.match(rest, {
    change: { key: vm, action: 'update', after: { name: undefined } },
    state: 'skipped',
    detail: 'platform refers to platform Debian 12, which is not in NetBox'
  })
  t.same(Object.keys(rest?.change.after ?? {}), ['platform', 'tags'])
})

t.test('an object is labelled by the name that earlier steps gave it', async (t) => {
  const whole: Change = {
    ...made(nic.key, 'vm-interface', { name: 'net1', mtu: 1500, primary_mac_address: null }),
    ...{ action: 'update', netbox_id: 5, before: { name: 'net0' }, label: 'web net0' }
  }
  const at = (entry: Omit<PlanStep['entries'][number], 'key'>) => {
    const one = { key: nic.key, ...entry }
    const parts = { changes: new Map([[nic.key, whole]]), places: new Map() }
    return sendingFrom({ ...step, action: 'update' }, one, parts)
  }
  const labelled = (label: string) => ({ change: { label }, entry: { label: 'web net0' } })
  t.match(at({ fields: ['mtu', 'name'] }), labelled('web net0'), 'a Change by the name before it')
  t.match(at({ fields: ['mtu', 'name'], values: { name: 'aside' } }), labelled('web net0'))
  t.match(at({ fields: ['name'], before: { name: 'aside' } }), labelled('web net1'))
  t.match(at({ fields: ['primary_mac_address'] }), labelled('web net1'), 'late fields follow')
})
