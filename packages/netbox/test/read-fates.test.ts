import type { Fields, KindName } from '@proxbox/contracts'
import t from 'tap'
import { readFates, writeBatch } from '../src/index.ts'
import { idOf, make, openLab, signal, versions } from './estate.ts'

for (const version of versions)
  t.test(`${version}: deleted, with what it was deleted with, or only moved`, async (t) => {
    const { netbox, server } = await openLab(t, version)
    const { type } = await make(netbox, 'cluster-type', { type: { name: 't', slug: 't' } })
    const { cluster } = await make(netbox, 'cluster', {
      cluster: { name: 'c', type: type ?? null }
    })
    const { one, two } = await make(netbox, 'vm', {
      one: { name: 'one', cluster: cluster ?? null },
      two: { name: 'two', cluster: cluster ?? null }
    })
    const { nic, other } = await make(netbox, 'vm-interface', {
      nic: { virtual_machine: one ?? null, name: 'net0' },
      other: { virtual_machine: two ?? null, name: 'net0' }
    })
    const at = { assigned_object: nic ?? null }
    const { gone, moved } = await make(netbox, 'ip-address', {
      gone: { address: '192.0.2.1/24', ...at },
      moved: { address: '192.0.2.2/24', ...at }
    })
    const write = async (
      kind: KindName,
      action: 'update' | 'delete',
      entry: { id: number; fields: Fields }
    ) => {
      const entries = [{ key: 'one', netboxId: entry.id, label: 'one', fields: entry.fields }]
      for await (const { state } of writeBatch(netbox, { kind, action, entries }, signal))
        t.equal(state, 'done')
    }
    await write('ip-address', 'update', {
      id: idOf(moved),
      fields: { assigned_object: other ?? null }
    })
    await write('vm', 'delete', { id: idOf(one), fields: {} })
    server.requests.clear()
    t.same(
      [
        ...(await readFates(
          netbox,
          [
            { kind: 'ip-address', ids: [idOf(gone), idOf(moved), 9999] },
            { kind: 'vm', ids: [idOf(one)] },
            { kind: 'vm-interface', ids: [] }
          ],
          signal
        ))
      ].sort(),
      [
        [gone?.ref, 'deleted'],
        [moved?.ref, 'kept'],
        [one?.ref, 'deleted']
      ].sort()
    )
    t.equal(server.requests.counts().reads, 2)
  })

t.test('a changelog that may not be viewed tells nothing', async (t) => {
  const few = await openLab(t, '4.7.3', {
    token: (server) => server.addToken({ permissions: ['extras.view_tag'] })
  })
  t.equal((await readFates(few.netbox, [{ kind: 'vm', ids: [1] }], signal)).size, 0)
  const nobody = await openLab(t, '4.7.3', { token: () => 'nobody' })
  await t.rejects(readFates(nobody.netbox, [{ kind: 'vm', ids: [1] }], signal), {
    code: 'NETBOX_CREDENTIAL'
  })
})
