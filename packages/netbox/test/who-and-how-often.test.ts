import t from 'tap'
import { readLastEditor, readTagUses } from '../src/index.ts'
import { entry, idOf, makeGuests, openLab, signal, versions, write } from './estate.ts'

for (const version of versions)
  t.test(`${version}: how often a tag is used, whatever uses it`, async (t) => {
    const { netbox, server } = await openLab(t, version)
    const { guests } = await makeGuests(netbox, 3)
    const [used, unused] = ['Used', 'Unused'].map((name) => {
      const { status, body } = server.state.handle({
        method: 'POST',
        path: '/api/extras/tags/',
        body: { name, slug: name.toLowerCase() }
      })
      t.equal(status, 201)
      return Number(Reflect.get(Object(body), 'id'))
    })
    await write(netbox, {
      kind: 'vm',
      action: 'update',
      entries: ['vm0', 'vm1'].map((name) =>
        entry(name, { tags: [{ ref: `netbox:tag/${used}` }] }, idOf(guests[name]))
      )
    })
    const uses = await readTagUses(netbox, [used ?? 0, unused ?? 0, 999_999], signal)
    t.same(
      [...uses],
      [
        [used, 2],
        [unused, 0]
      ]
    )
  })

t.test('who changed an object last: a person, not ourselves', async (t) => {
  const { netbox, server } = await openLab(t)
  const { guests } = await makeGuests(netbox, 1)
  const id = idOf(guests.vm0)
  server.state.handle({
    method: 'PATCH',
    path: `/api/virtualization/virtual-machines/${id}/`,
    body: { memory: 4096 }
  })
  const editor = await readLastEditor(netbox, { kind: 'vm', id }, signal)
  t.match(editor, { user: /./, at: /^\d{4}-/ })
  t.equal(await readLastEditor(netbox, { kind: 'vm', id: 999_999 }, signal), undefined)
})
