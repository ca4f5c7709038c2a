import type { Change, CurrentItem, Fields } from '@proxbox/contracts'
import t from 'tap'
import { hasMoved } from '../src/sync/has-moved.ts'

const change = (before: Fields, action: Change['action'] = 'update'): Change => ({
  key: 'vm:c/qemu/100',
  kind: 'vm',
  action,
  netbox_id: 5,
  before,
  after: {},
  why: {},
  label: 'web',
  origin: 'created'
})
const now = (fields: Fields): CurrentItem => ({
  key: 'netbox:vm/5',
  kind: 'vm',
  netbox_id: 5,
  fields,
  label: 'web'
})
const places = new Map([['cluster:c', 'netbox:cluster/9']])
const moved = (before: Fields, fields: Fields) => hasMoved(change(before), now(fields), places)

t.test('gone is moved, for an update and for a delete', async (t) => {
  t.equal(hasMoved(change({ name: 'web' }), undefined, places), true)
  t.equal(hasMoved(change({ name: 'web' }, 'delete'), undefined, places), true)
})

t.test('only the fields that would be written count', async (t) => {
  t.equal(moved({ name: 'web' }, { name: 'web', comments: 'edited by a person' }), false)
  t.equal(moved({ name: 'web' }, { name: 'web2' }), true)
  t.equal(moved({ vcpus: 2 }, { vcpus: 3 }), true)
})

t.test('the same value in another form has not moved', async (t) => {
  t.equal(moved({ description: null }, { description: '' }), false, 'nothing and empty')
  t.equal(moved({ description: null }, {}), false, 'absent')
  t.equal(moved({ name: ' web ' }, { name: 'web' }), false, 'blanks around it')
  t.equal(moved({ vcpus: 2 }, { vcpus: '2' }), false)
  t.equal(
    moved({ cluster: { ref: 'cluster:c' } }, { cluster: { ref: 'netbox:cluster/9' } }),
    false,
    'our key and its place'
  )
  const [one, two] = [{ ref: 'netbox:tag/1' }, { ref: 'netbox:tag/2' }]
  t.equal(moved({ tags: [one, two] }, { tags: [two, one] }), false, 'sets have no order')
  t.equal(moved({ tags: [one] }, { tags: [one, two] }), true)
})

t.test('a delete only needs the object', async (t) => {
  t.equal(hasMoved(change({ name: 'a' }, 'delete'), now({ name: 'b' }), places), false)
})
