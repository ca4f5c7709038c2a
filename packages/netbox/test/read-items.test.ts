import { type Fields, type KindName, kinds } from '@proxbox/contracts'
import fc from 'fast-check'
import t from 'tap'
import './config.ts'
import {
  decodeObject,
  encodeFields,
  findByNatural,
  readItems,
  readItemsById
} from '../src/index.ts'
import { entry, idOf, make, makeGuests, openLab, signal, versions, write } from './estate.ts'

for (const version of versions)
  t.test(`${version}: whole tables in clamped pages, each row once`, async (t) => {
    const { netbox } = await openLab(t, version, { maxPageSize: 7 })
    const { guests } = await makeGuests(netbox, 25)
    await write(netbox, {
      kind: 'vm',
      action: 'delete',
      entries: [entry('vm3', {}, idOf(guests.vm3))]
    })
    const before = netbox.requests().reads
    const progress: string[] = []
    const read = await readItems(netbox, ['vm', 'cluster', 'vm-type'], signal, {
      onProgress: (done, total) => progress.push(`${done}/${total}`),
      fields: { cluster: ['name'] }
    })
    t.equal(new Set(read.get('vm')?.map(({ key }) => key)).size, 24)
    t.same(
      read.get('cluster')?.map(({ fields }) => fields),
      [{ name: 'c1' }],
      'only what was asked'
    )
    t.same(progress, ['1/3', '2/3', '3/3'])
    const pages = Math.ceil(24 / 7)
    t.equal(netbox.requests().reads - before, pages + 1 + (version === '4.5.9' ? 0 : 1))
    const some = await readItemsById(netbox, 'vm', [idOf(guests.vm1), idOf(guests.vm3)], signal)
    t.same(
      some.map(({ label }) => label),
      ['vm1'],
      'what is gone is left out'
    )
  })

t.test('1000 ids travel in requests that gunicorn takes', async (t) => {
  const { netbox, server } = await openLab(t)
  const ids = Array.from({ length: 1000 }, (_, index) => 1_000_000 + index)
  t.same(await readItemsById(netbox, 'vm', ids, signal), [])
  for (const { query } of server.requests.entries) t.ok(query.length < 4000, `${query.length}`)
})

t.test('a table that does not hold still is read again, then given up', async (t) => {
  const { netbox, server } = await openLab(t, '4.7.3', { maxPageSize: 5 })
  const { guests, names } = await makeGuests(netbox, 20)
  let gone = 0
  const remove = () => {
    const id = idOf(guests[names[gone] ?? ''])
    gone += 1
    const path = `/api/virtualization/virtual-machines/${id}/`
    const { status } = server.state.handle({ method: 'DELETE', path })
    if (status !== 204) throw new Error(`the hook's delete got ${status}`)
  }
  const due = ['page', 'count', 'page', 'count', 'page', 'count']
  names.reverse()
  // The last guest goes before the second page of a walk, and the next one before the count is checked.
  server.hook((phase, { path, query }) => {
    if (phase !== 'before' || !path.includes('virtual-machines')) return
    const isCount = /limit=1(&|$)/.test(query)
    const asked = isCount ? 'count' : /id__gte=[1-9]/.test(query) ? 'page' : 'first page'
    if (asked !== due[0]) return
    due.shift()
    remove()
  })
  await t.rejects(readItems(netbox, ['vm'], signal), { code: 'NETBOX_PAGES' })
  t.equal(gone, 6, 'three walks')
  due.push('page', 'count')
  t.equal((await readItems(netbox, ['vm'], signal)).get('vm')?.length, 12)
})

t.test('a created object is found by its natural name, whatever its neighbours', async (t) => {
  const { netbox } = await openLab(t)
  const { guests, cluster } = await makeGuests(netbox, 40)
  const entries = ['VM7', 'vm12', 'nobody'].map((name) => entry(name, { name, cluster }))
  const found = await findByNatural(netbox, { kind: 'vm', entries }, signal)
  t.same(Object.fromEntries([...found].map(([key, { netbox_id }]) => [key, netbox_id])), {
    VM7: idOf(guests.vm7),
    vm12: idOf(guests.vm12)
  })
  const { group } = await make(netbox, 'vlan-group', { group: { name: 'g', slug: 'g' } })
  const vlans = await make(netbox, 'vlan', {
    free: { vid: 5, name: 'x' },
    grouped: { vid: 5, name: 'x', group: group ?? null }
  })
  const sought = [
    entry('free', { vid: 5, name: 'x' }),
    entry('grouped', { vid: 5, name: 'x', group: group ?? null })
  ]
  const same = await findByNatural(netbox, { kind: 'vlan', entries: sought }, signal)
  for (const key of ['free', 'grouped']) t.equal(same.get(key)?.netbox_id, idOf(vlans[key]), key)
  const future = Date.now() + 3_600_000
  t.equal(
    (await findByNatural(netbox, { kind: 'vm', entries, createdSince: future }, signal)).size,
    0
  )
})

t.test('law: decoding what was encoded gives the same fields', async (t) => {
  const id = fc.integer({ min: 1, max: 1e6 })
  const valueFor = (kind: KindName, name: string): fc.Arbitrary<Fields[string]> => {
    const spec = kinds[kind].fields[name]
    const ref = fc
      .tuple(fc.constantFrom(...(spec?.refs ?? ['tag'])), id)
      .map(([to, number]) => ({ ref: `netbox:${to}/${number}` }))
    if (spec?.type === 'ref' || spec?.type === 'generic-ref') return fc.option(ref)
    if (spec?.type === 'set') return fc.array(ref)
    if (spec?.type === 'integer' || spec?.type === 'decimal') return fc.option(id)
    if (spec?.type === 'boolean') return fc.boolean()
    if (spec?.type === 'list') return fc.array(fc.string())
    return fc.string()
  }
  // Reads nest what writes name by id.
  const nested = (json: Record<string, unknown>) => ({ id: 1, display: 'x', ...json })
  for (const kind of ['vm', 'vm-interface', 'ip-address', 'cluster', 'custom-field'] as const) {
    const names = Object.keys(kinds[kind].fields)
    const fields = fc.record(Object.fromEntries(names.map((name) => [name, valueFor(kind, name)])))
    fc.assert(
      fc.property(fields, (given) => {
        const body = nested(encodeFields(kind, given, '4.7.3'))
        t.same(decodeObject(kind, body).fields, given)
      }),
      { numRuns: 20 }
    )
  }
  t.throws(() => encodeFields('vm', { cluster: { ref: 'cluster:c1' } }, '4.7.3'), /not resolved/)
  t.throws(() => encodeFields('vm', { colour: 'red' }, '4.7.3'), /no field colour/)
  t.notOk('virtual_machine_type' in encodeFields('vm', { virtual_machine_type: null }, '4.5.9'))
})

t.test('what others built upon an object is seen, though it is no kind of ours', async (t) => {
  const cabled = decodeObject('interface', {
    id: 1,
    display: 'eno1',
    cable: { id: 7, display: '#7' },
    count_fhrp_groups: 2
  })
  t.same(cabled.fields.cable, { ref: 'netbox:cable/7' })
  t.equal(cabled.fields.count_fhrp_groups, 2)
  t.equal(decodeObject('interface', { id: 1, cable: null }).fields.cable, null)
  const { netbox } = await openLab(t)
  const { outside } = await make(netbox, 'ip-address', { outside: { address: '198.51.100.1/24' } })
  const { inside } = await make(netbox, 'ip-address', {
    inside: { address: '10.0.0.1/24', nat_inside: outside ?? null }
  })
  const tables = await readItems(netbox, ['ip-address'], signal)
  const read = new Map(tables.get('ip-address')?.map((item) => [item.key, item.fields]))
  t.same(read.get(`netbox:ip-address/${idOf(inside)}`)?.nat_inside, outside)
  t.same(read.get(`netbox:ip-address/${idOf(outside)}`)?.nat_outside, [inside])
})
