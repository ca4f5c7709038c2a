import t from 'tap'
import { readAttached } from '../src/index.ts'
import { idOf, make, openLab, signal, versions } from './estate.ts'

for (const version of versions) {
  t.test(`${version}: what people hung on objects that are about to go`, async (t) => {
    const { netbox, server } = await openLab(t, version)
    const { type } = await make(netbox, 'cluster-type', { type: { name: 't', slug: 't' } })
    const { cluster } = await make(netbox, 'cluster', {
      cluster: { name: 'c', type: type ?? null }
    })
    const vms = await make(netbox, 'vm', {
      written: { name: 'written', cluster: cluster ?? null },
      plain: { name: 'plain', cluster: cluster ?? null }
    })
    const [written, plain] = [idOf(vms.written), idOf(vms.plain)]
    const reply = server.state.handle({
      method: 'POST',
      path: '/api/extras/journal-entries/',
      body: {
        assigned_object_type: 'virtualization.virtualmachine',
        assigned_object_id: written,
        comments: 'moved by hand'
      }
    })
    t.equal(reply.status, 201, JSON.stringify(reply.body))
    const found = await readAttached(netbox, 'vm', [written, plain, plain], signal)
    t.same([...found], [[written, 'a journal entry']])
    t.equal((await readAttached(netbox, 'vm', [], signal)).size, 0)
    t.equal((await readAttached(netbox, 'ip-address', [written], signal)).size, 0, 'another kind')
  })
}

t.test(
  'what the token may not see counts as there; a refused token ends the reading',
  async (t) => {
    const few = await openLab(t, '4.7.3', {
      token: (server) => server.addToken({ permissions: ['virtualization.view_virtualmachine'] })
    })
    const found = await readAttached(few.netbox, 'vm', [5], signal)
    t.match(found.get(5), /perhaps: the token may not see that/)
    const nobody = await openLab(t, '4.7.3', { token: () => 'nobody' })
    await t.rejects(readAttached(nobody.netbox, 'vm', [5], signal), { code: 'NETBOX_CREDENTIAL' })
  }
)
