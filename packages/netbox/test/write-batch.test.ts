import t from 'tap'
import { readItems, type WriteResult } from '../src/index.ts'
import { entry, idOf, make, makeGuests, openLab, signal, versions, write } from './estate.ts'

const states = (results: readonly WriteResult[]) =>
  Object.fromEntries(results.map(({ key, state }) => [key, state]))
const manufacturer = (name: string, slug = name) => entry(name, { name, slug })

for (const version of versions) {
  t.test(`${version}: what is written is what is read back`, async (t) => {
    const { netbox } = await openLab(t, version, { changelogMessage: 'Run 1' })
    const { guests } = await makeGuests(netbox, 3)
    const { tag } = await make(netbox, 'tag', { tag: { name: 'x', slug: 'x', color: 'aa0000' } })
    await make(netbox, 'custom-field', {
      cf: { name: 'vmid', type: 'integer', object_types: ['virtualization.virtualmachine'] }
    })
    const [result] = await write(netbox, {
      kind: 'vm',
      action: 'update',
      entries: [
        entry(
          'vm1',
          { memory: 512, vcpus: 2.5, tags: [tag ?? { ref: '' }], 'cf.vmid': 101 },
          idOf(guests.vm1)
        )
      ]
    })
    if (result?.state !== 'done') throw new Error(JSON.stringify(result))
    t.match(result.stored, {
      memory: 512,
      vcpus: 2.5,
      tags: [tag],
      'cf.vmid': 101,
      status: 'active'
    })
    const items = (await readItems(netbox, ['vm', 'vm-type'], signal)).get('vm') ?? []
    t.equal(items.length, 3)
    t.same(items.find((item) => item.label === 'vm1')?.fields, result.stored)
    const gone = [guests.vm0, guests.vm2].map((ref, index) => entry(`g${index}`, {}, idOf(ref)))
    const deletes = { kind: 'vm', action: 'delete', entries: gone } as const
    t.same(states(await write(netbox, deletes)), { g0: 'done', g1: 'done' })
    t.same(states(await write(netbox, deletes)), { g0: 'done', g1: 'done' }, 'gone is gone')
    t.equal((await readItems(netbox, ['vm'], signal)).get('vm')?.length, 1)
  })

  t.test(`${version}: one bad object of 64 is found and the others are stored`, async (t) => {
    const { netbox, server } = await openLab(t, version)
    const { guests, names } = await makeGuests(netbox, 64)
    const before = netbox.requests().writes
    const entries = names.map((name) =>
      entry(name, { memory: name === 'vm37' ? -1 : 64 }, idOf(guests[name]))
    )
    const results = await write(netbox, { kind: 'vm', action: 'update', entries })
    const refused = results.filter(({ state }) => state === 'refused')
    t.match(refused, [{ key: 'vm37', detail: /memory/ }])
    t.equal(results.length, 64)
    const calls = netbox.requests().writes - before
    t.ok(calls <= 2 * 6 + 1, `${calls} calls`)
    if (version === '4.7.3') t.equal(calls, 2, 'the answer names it')
    t.equal(
      server.state.dump()['virtualization.virtualmachine']?.filter((vm) => vm.memory === 64).length,
      63
    )
  })

  t.test(`${version}: duplicates inside a batch cost the second one only`, async (t) => {
    const { netbox } = await openLab(t, version)
    const entries = [...'abcdefgh'].map((name) => manufacturer(name))
    entries.push(manufacturer('twin', 'a'))
    const results = await write(netbox, { kind: 'manufacturer', action: 'create', entries })
    const refused = results.filter(({ state }) => state === 'refused')
    t.match(refused, [{ key: 'twin', detail: /already exists|unique/i }])
    t.equal((await readItems(netbox, ['manufacturer'], signal)).get('manufacturer')?.length, 8)
  })

  t.test(`${version}: interfaces, MACs, addresses and the primary address`, async (t) => {
    const { netbox } = await openLab(t, version)
    const { guests } = await makeGuests(netbox, 1)
    const vm = guests.vm0 ?? { ref: '' }
    const [nic] = await write(netbox, {
      kind: 'vm-interface',
      action: 'create',
      entries: [
        {
          ...entry('nic', { virtual_machine: vm, name: 'eth0' }),
          mac: { key: 'mac', address: 'BC:24:11:00:00:01' }
        }
      ]
    })
    if (nic?.state !== 'done') throw new Error(JSON.stringify(nic))
    t.equal(nic.mac !== undefined, version === '4.7.3')
    const macs = (await readItems(netbox, ['mac-address'], signal)).get('mac-address') ?? []
    t.same(
      macs.map(({ netbox_id }) => netbox_id),
      nic.mac === undefined ? [] : [nic.mac.netboxId]
    )
    const assigned = { ref: `netbox:vm-interface/${nic.netboxId}` }
    const { ip } = await make(netbox, 'ip-address', {
      ip: { address: '10.0.0.5/24', assigned_object: assigned }
    })
    const [primary] = await write(netbox, {
      kind: 'vm',
      action: 'update',
      entries: [entry('vm', { primary_ip4: ip ?? null }, idOf(vm))]
    })
    t.match(primary, { state: 'done', stored: { primary_ip4: ip } })
  })
}

t.test(
  'lanes: two of them never write to the same parent, and no more run than allowed',
  async (t) => {
    const { netbox, server } = await openLab(t, '4.6.8', { lanes: 3, batchSize: 10 })
    const { guests, names } = await makeGuests(netbox, 12)
    const busy = new Set<number>()
    let together = 0
    let most = 0
    const begin = async (parents: ReadonlySet<number>) => {
      most = Math.max(most, ++together)
      for (const id of parents) t.notOk(busy.has(id), `guest ${id} is written by one lane`)
      for (const id of parents) busy.add(id)
      // Held until a second write is there; bounded, for the last one has no companion.
      for (let turn = 0; turn < 2000 && together < 2; turn += 1)
        await new Promise((resolve) => setImmediate(resolve))
    }
    server.hook(async (phase, { method, path, body }) => {
      if (method !== 'POST' || !path.includes('virtual-disks')) return
      // The client sends a list of disks.
      const sent = body as { virtual_machine: number }[]
      const parents = new Set(sent.map((one) => one.virtual_machine))
      if (phase === 'before') return await begin(parents)
      together -= 1
      for (const id of parents) busy.delete(id)
    })
    const disks = names.flatMap((name) =>
      ['scsi0', 'scsi1', 'scsi2', 'scsi3'].map((disk) =>
        entry(`${name}/${disk}`, { virtual_machine: guests[name] ?? null, name: disk, size: 10 })
      )
    )
    const results = await write(netbox, { kind: 'disk', action: 'create', entries: disks })
    t.equal(results.filter(({ state }) => state === 'done').length, 48)
    t.ok(most > 1 && most <= 3, `${most} at once`)
  }
)

t.test('a kind that this version lacks is refused, its field left out', async (t) => {
  const { netbox } = await openLab(t, '4.5.9')
  const entries = [entry('qemu', { name: 'qemu', slug: 'qemu' })]
  const [result] = await write(netbox, { kind: 'vm-type', action: 'create', entries })
  t.match(result, { state: 'refused', detail: /4\.5\.9 has no/ })
})

t.test('beforeWrite stands before every write and stops it', async (t) => {
  let left = 2
  const beforeWrite = () => {
    if (left === 0) throw new Error('the lease is too short')
    left -= 1
  }
  const { netbox, server } = await openLab(t, '4.7.3', { beforeWrite, batchSize: 1 })
  const entries = ['a', 'b', 'c', 'd'].map((name) => manufacturer(name))
  const seen: string[] = []
  const { writeBatch } = await import('../src/index.ts')
  await t.rejects(
    async () => {
      for await (const { key } of writeBatch(
        netbox,
        { kind: 'manufacturer', action: 'create', entries },
        signal
      ))
        seen.push(key)
    },
    { message: 'the lease is too short' }
  )
  t.same(seen, ['a', 'b'])
  t.equal(server.state.dump()['dcim.manufacturer']?.length, 2)
})
