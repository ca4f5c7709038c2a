import t from 'tap'
import './config.ts'
import { labelAfter, labelAt, ownName } from '../src/index.ts'

const nic = { kind: 'vm-interface', label: 'web-1 Ethernet 2' } as const
const renamed = { before: { name: 'Ethernet 2' }, after: { name: 'net0' } }

t.test('of a part only the end is its own', async (t) => {
  t.equal(labelAfter({ ...nic, ...renamed }), 'web-1 net0')
  t.equal(labelAfter({ ...nic, label: 'Ethernet 2', ...renamed }), 'net0')
  t.equal(labelAfter({ ...nic, before: { name: 'net 2' }, after: { name: 'net0' } }), nic.label)
  t.equal(labelAfter({ ...nic, before: {}, after: { name: 'net0' } }), nic.label, 'made so')
})

t.test('all else is its whole label', async (t) => {
  const vm = { kind: 'vm', label: 'my web' } as const
  t.equal(labelAfter({ ...vm, before: { name: 'my web' }, after: { name: 'shop' } }), 'shop')
  t.equal(labelAfter({ ...vm, before: { name: 'web' }, after: { name: 'shop' } }), 'my web')
})

t.test('steps after the one that brings the name have it', async (t) => {
  const change = { ...nic, ...renamed }
  t.equal(labelAt(change, renamed.after), nic.label)
  t.equal(labelAt(change, renamed.after, { name: 'aside' }), 'web-1 net0', 'no intermediate name')
  t.equal(labelAt(change, { primary_mac_address: null }), 'web-1 net0')
})

t.test('what an object is called by itself is its name or its address', async (t) => {
  t.equal(ownName({ name: 'net0', mac_address: 'AA' }), 'net0')
  t.equal(ownName({ name: null, mac_address: 'AA' }), 'AA')
  t.equal(ownName({ name: '' }), undefined)
  t.equal(ownName({ vid: 5 }), undefined)
})
