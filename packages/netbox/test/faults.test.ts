import type { Fault } from '@proxbox/simulator/netbox'
import t from 'tap'
import { readItems, type Trouble } from '../src/index.ts'
import { entry, idOf, make, makeGuests, openLab, signal, versions, write } from './estate.ts'

const tenMacs = (assigned: { ref: string }) =>
  Array.from({ length: 10 }, (_, index) =>
    entry(`mac${index}`, {
      mac_address: `BC:24:11:00:00:0${index}`,
      assigned_object: assigned
    })
  )

const faults: readonly Fault[] = [
  { kind: 'drop' },
  { kind: 'commit-then-drop' },
  { kind: 'commit-then-stall' },
  { kind: 'half' },
  { kind: 'status', status: 429, retryAfter: 2 },
  { kind: 'status', status: 500 },
  { kind: 'status', status: 502 },
  { kind: 'status', status: 503 },
  { kind: 'status', status: 504 }
]

for (const version of versions)
  t.test(`${version}: no fault loses or doubles a write`, async (t) => {
    // A stall costs the whole time limit, so one version must do.
    const some = faults.filter(({ kind }) => kind !== 'commit-then-stall' || version === '4.6.8')
    for (const fault of some) {
      const name = 'status' in fault ? String(fault.status) : fault.kind
      const { netbox, server } = await openLab(t, version)
      const { guests } = await makeGuests(netbox, 4)
      const vm = guests.vm0 ?? { ref: '' }
      const { nic } = await make(netbox, 'vm-interface', {
        nic: { virtual_machine: vm, name: 'eth0' }
      })
      server.faults.add(fault, { method: 'POST', path: 'mac-addresses' })
      const entries = tenMacs(nic ?? { ref: '' })
      const made = await write(netbox, { kind: 'mac-address', action: 'create', entries })
      t.equal(made.filter(({ state }) => state === 'done').length, 10, `${name}: created`)
      const macs = server.state.dump()['dcim.macaddress'] ?? []
      t.equal(macs.length, 10, `${name}: no MAC twice`)

      server.faults.add(fault, { method: 'PATCH' })
      const update = [entry('vm1', { memory: 77 }, idOf(guests.vm1))]
      const updated = await write(netbox, { kind: 'vm', action: 'update', entries: update })
      t.match(updated, [{ state: 'done', stored: { memory: 77 } }], `${name}: updated`)

      server.faults.add(fault, { method: 'DELETE' })
      const gone = [entry('vm2', {}, idOf(guests.vm2)), entry('vm3', {}, idOf(guests.vm3))]
      const deleted = await write(netbox, { kind: 'vm', action: 'delete', entries: gone })
      t.match(deleted, [{ state: 'done' }, { state: 'done' }], `${name}: deleted`)

      if (fault.kind === 'commit-then-stall') continue
      server.faults.add(fault, { method: 'GET', path: 'virtual-machines' })
      const read = await readItems(netbox, ['vm'], signal)
      t.equal(read.get('vm')?.length, 2, `${name}: read`)
      t.equal(server.faults.pending, 0, `${name}: every fault struck`)
    }
  })

t.test('a fault that stays ends in its error, after a bounded number of tries', async (t) => {
  const { netbox, server } = await openLab(t)
  server.faults.add({ kind: 'status', status: 503 }, { method: 'POST' }, { times: 100 })
  const entries = [entry('a', { name: 'a', slug: 'a' })]
  const batch = { kind: 'manufacturer', action: 'create', entries } as const
  await t.rejects(write(netbox, batch), { code: 'NETBOX_MAINTENANCE' })
  t.equal(netbox.requests().writes, 8)
})

t.test('403 to a write stops: read-only token, missing permission, unknown token', async (t) => {
  const entries = [entry('a', { name: 'a', slug: 'a' })]
  const batch = { kind: 'manufacturer', action: 'create', entries } as const
  const readOnly = await openLab(t, '4.7.3', { token: (s) => s.addToken({ isReadOnly: true }) })
  await t.rejects(write(readOnly.netbox, batch), { code: 'NETBOX_READ_ONLY' })
  const permissions = ['dcim.view_manufacturer', 'users.view_token']
  const few = await openLab(t, '4.7.3', { token: (s) => s.addToken({ permissions }) })
  await t.rejects(write(few.netbox, batch), {
    code: 'NETBOX_PERMISSION',
    data: { permission: 'dcim.add_manufacturer' }
  })
  await t.rejects(
    readItems(few.netbox, ['device-type'], signal),
    { code: 'NETBOX_PERMISSION', data: { permission: 'dcim.view_devicetype' } },
    'a read names the permission, not a path'
  )
  const token = `nbt_${'a'.repeat(12)}.${'b'.repeat(40)}`
  const unknown = await openLab(t, '4.7.3', { token: () => token })
  await t.rejects(write(unknown.netbox, batch), { code: 'NETBOX_CREDENTIAL' })
})

t.test('an abort ends a write that waits', async (t) => {
  const { netbox, server } = await openLab(t)
  const stop = new AbortController()
  server.faults.add({ kind: 'commit-then-stall' }, { method: 'POST' })
  server.hook((phase) => {
    if (phase === 'after-commit') setImmediate(() => stop.abort())
  })
  const { readVersion, writeBatch } = await import('../src/index.ts')
  netbox.inside.version = '4.7.3'
  t.equal(await readVersion(netbox, signal), '4.7.3')
  const entries = [entry('a', { name: 'a', slug: 'a' })]
  const batch = { kind: 'manufacturer', action: 'create', entries } as const
  await t.rejects(writeBatch(netbox, batch, stop.signal).next(), { name: 'HttpAborted' })
})

t.test('who waits for NetBox is told within seconds, once, and until when', async (t) => {
  const told: Trouble[] = []
  const options = { onTrouble: (trouble: Trouble) => told.push(trouble), random: () => 0.99 }
  const entries = [entry('a', { name: 'a', slug: 'a' })]
  const batch = { kind: 'manufacturer', action: 'create', entries } as const
  const written = await openLab(t, '4.7.3', options)
  written.server.faults.add({ kind: 'status', status: 503 }, { method: 'POST' }, { times: 100 })
  const begun = written.netbox.inside.now()
  await t.rejects(write(written.netbox, batch), { code: 'NETBOX_MAINTENANCE' })
  const lasted = written.netbox.inside.now() - begun
  t.ok(lasted > 30_000, 'a long wait')
  t.match(told, [
    {
      code: 'NETBOX_MAINTENANCE',
      detail: /maintenance: it answered 503\. NetBox Endpoint \w+ is asked up to \d/
    }
  ])
  t.equal(told.length, 1, 'one cause, told once')
  const until = Date.parse(/until about (\S+)\.$/.exec(told[0]?.detail ?? '')?.[1] ?? '')
  t.ok(until >= begun + lasted - 2000 && until <= begun + lasted + 10_000, 'about when it ended')

  told.length = 0
  const read = await openLab(t, '4.7.3', options)
  read.server.faults.add({ kind: 'status', status: 503, retryAfter: 20 }, {}, { times: 100 })
  await t.rejects(readItems(read.netbox, ['vm'], signal), { code: 'NETBOX_MAINTENANCE' })
  t.match(told, [{ detail: /up to 3 times more/ }], 'a read: before its first pause')

  told.length = 0
  const hiccup = await openLab(t, '4.7.3', { ...options, random: () => 0.5 })
  hiccup.server.faults.add({ kind: 'status', status: 429 }, { method: 'POST' })
  await write(hiccup.netbox, batch)
  t.same(told, [], 'what is over at once is not told')
})
