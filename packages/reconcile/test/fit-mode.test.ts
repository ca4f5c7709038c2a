import type { Nic } from '@proxbox/contracts'
import t from 'tap'
import { beside, changeOf, endpoint, key, runOn, withConfig } from './planned.ts'
import { guest, World } from './world.ts'

const nic = `${key}/net0`
const [card] = guest(100).config?.nics ?? []
const seen = (more: Partial<Nic>) =>
  beside(withConfig({ nics: card === undefined ? [] : [{ ...card, ...more }] }))
const filled = endpoint({ vlanCreate: true, policies: { 'vm-interface.mode': 'fill' } })

t.test('VLANs that the mode in NetBox has no room for are left, and told', async (t) => {
  const world = new World()
  runOn(world, seen({ vlan: 20 }), 0, filled)
  const plan = runOn(world, seen({ vlan: 20, trunks: [30, 31] }), 1, filled)
  t.equal(changeOf(plan, nic), undefined)
  const told = plan.adoptions.find((one) => one.key === nic)?.kept
  t.match(told?.tagged_vlans, { policy: 'source', reason: /the mode/ })
  t.match(told?.mode, { policy: 'fill' })
  world.edit(nic, { mode: 'tagged' })
  const fitting = runOn(world, seen({ vlan: 20, trunks: [30, 31] }), 2, filled)
  t.same(changeOf(fitting, nic)?.after, {
    tagged_vlans: [{ ref: 'vlan:caaaaaaaa/30' }, { ref: 'vlan:caaaaaaaa/31' }]
  })
})

t.test('where NetBox keeps an interface without a mode there is no VLAN at all', async (t) => {
  const world = new World()
  const merged = endpoint({ vlanCreate: true, policies: { 'vm-interface.mode': 'merge' } })
  runOn(world, seen({ vlan: 20 }), 0, merged)
  world.edit(nic, { mode: null, untagged_vlan: null })
  const plan = runOn(world, seen({ vlan: 20 }), 1, merged)
  t.equal(changeOf(plan, nic), undefined)
  t.match(plan.adoptions.find((one) => one.key === nic)?.kept, {
    mode: { reason: 'changed in NetBox' },
    untagged_vlan: { reason: /the mode/ }
  })
})
