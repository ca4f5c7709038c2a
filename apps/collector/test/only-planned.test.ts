import type { BackendEvent, Change, Fields, Plan } from '@proxbox/contracts'
import t from 'tap'
import { openReporter } from '../src/backend/reporter.ts'
import { onlyPlanned } from '../src/sync/only-planned.ts'

const names = { netbox: 'dc1', proxmox: () => undefined, guest: () => undefined }
const update = (key: string, before: Fields, after: Fields): Change => ({
  key,
  kind: 'vm',
  action: 'update',
  netbox_id: 7,
  before,
  after,
  why: {},
  label: key,
  origin: 'created'
})
const planOf = (changes: Change[]): Plan => ({
  changes,
  steps: [],
  held: [],
  adoptions: [],
  notices: [],
  conflicts: [],
  seen: { waiting: [], begun: [], ended: [] },
  unchanged: {}
})

async function applied(now: Change[], planned: Change[]) {
  const events: BackendEvent[] = []
  const reporter = openReporter(
    (event) => events.push(event),
    () => 0
  )
  const plan = await onlyPlanned(planOf(now), { readPlan: async () => planned }, 'R1', {
    reporter,
    names,
    netboxVersion: '4.7.3',
    run: '12'
  })
  return { plan, events, refused: reporter.refused() }
}

t.test('exactly the planned fields, though more is asked for by now', async (t) => {
  const now = [
    update('a', { memory: 1, vcpus: 1 }, { memory: 2, vcpus: 4 }),
    update('b', {}, { memory: 3 })
  ]
  const { plan, events } = await applied(now, [update('a', { memory: 1 }, { memory: 2 })])
  t.match(plan.changes, [{ key: 'a', before: { memory: 1 }, after: { memory: 2 } }])
  t.notMatch(plan.changes[0]?.after, { vcpus: 4 })
  t.same(
    plan.steps.flatMap((step) => step.entries.map((entry) => entry.fields)),
    [['memory']]
  )
  t.same(events, [])
})

t.test('an Item of which one planned field has moved is left out whole and named', async (t) => {
  const planned = [update('a', { memory: 1, name: 'x' }, { memory: 2, name: 'y' })]
  const now = [update('a', { memory: 1, name: 'by hand' }, { memory: 2, name: 'y' })]
  const { plan, events, refused } = await applied(now, planned)
  t.same(plan.changes, [])
  t.equal(refused, 1)
  t.match(events, [{ event: 'step', data: { status: 'warning', code: 'ITEM_MOVED', rowid: 'a' } }])
})

t.test('another action, another object or nothing any more is left out', async (t) => {
  const planned = [update('a', {}, { memory: 2 })]
  for (const now of [
    [],
    [{ ...update('a', {}, { memory: 2 }), action: 'create' as const }],
    [{ ...update('a', {}, { memory: 2 }), netbox_id: 8 }]
  ])
    t.same((await applied(now, planned)).plan.changes, [])
})

t.test('the two parts of a Change that a Guard has split are one again', async (t) => {
  const whole = update('a', { memory: 1, name: 'x' }, { memory: 2, name: 'y' })
  const parts = [
    update('a', { memory: 1 }, { memory: 2 }),
    update('a', { name: 'x' }, { name: 'y' })
  ]
  const { plan } = await applied([whole], parts)
  t.same(plan.changes, [whole])
})

t.test('what needs an object that was not planned waits until that is there', async (t) => {
  const made = (key: string, kind: Change['kind'], after: Fields): Change => ({
    ...update(key, {}, after),
    kind,
    action: 'create',
    netbox_id: null
  })
  const device = made('device:n1', 'device', { name: 'pve1' })
  const port = made('interface:n1/eno1', 'interface', { name: 'eno1', device: { ref: device.key } })
  const on = { mac_address: 'BC:24:11:00:00:01', assigned_object: { ref: port.key } }
  const mac = made('mac:interface:n1/eno1/BC:24:11:00:00:01', 'mac-address', on)
  const tag = made('tag:web', 'tag', { name: 'web' })
  // Both vanished; a Guard held the device for what it refers to, which nobody approves.
  const { plan } = await applied([device, port, mac, tag], [port, mac, tag])
  t.same(plan.changes, [tag], 'NetBox may have another object under the id of old')
  t.match(plan.held, [
    { change: { key: port.key }, guard: 'references' },
    { change: { key: mac.key }, guard: 'references' }
  ])
  t.same(
    plan.steps.flatMap(({ entries }) => entries.map(({ key }) => key)),
    [tag.key]
  )
  t.same((await applied([device, port, mac], [device, port, mac])).plan.held, [])
})

t.test('without a stored Plan nothing is applied', async (t) => {
  await t.rejects(applied([update('a', {}, { memory: 2 })], []), { code: 'CONFLICT' })
})
