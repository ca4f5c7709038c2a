import t from 'tap'
import { beside, changeOf, key, runOn, withConfig } from './planned.ts'
import { guest, World } from './world.ts'

const nic = `${key}/net0`
const [card] = guest(100).config?.nics ?? []
const withMac = (mac: string) =>
  beside(withConfig({ nics: card === undefined ? [] : [{ ...card, mac }] }))
const macKey = (mac: string) => `mac:${nic}/${mac}`
const [old, next] = ['BC:24:11:00:00:64', 'BC:24:11:00:00:65']

/** Guest 100 in NetBox with its old MAC, and an interface that the Ledger does not know (any more). */
function metAgain(): World {
  const world = new World()
  runOn(world, withMac(old))
  world.ledger.delete(nic)
  return world
}

t.test('a primary MAC of ours that goes is followed by the next one in the same Run', async (t) => {
  const world = metAgain()
  const plan = runOn(world, withMac(next))
  t.match(changeOf(plan, nic), {
    before: { primary_mac_address: { ref: macKey(old) } },
    after: { primary_mac_address: { ref: macKey(next) } },
    why: { primary_mac_address: { reason: /is gone/ } }
  })
  t.match(changeOf(plan, macKey(old)), { action: 'delete' })
})

t.test('one that a person has made stays', async (t) => {
  const world = metAgain()
  world.ledger.delete(macKey(old))
  const plan = runOn(world, withMac(next))
  t.equal(changeOf(plan, nic)?.after.primary_mac_address, undefined)
  t.match(changeOf(plan, macKey(next)), { action: 'create' })
})

t.test('one that is held in a gap stays too', async (t) => {
  const world = metAgain()
  const seen = withMac(next)
  const gaps = [
    {
      cluster: 'caaaaaaaa',
      scope: 'guest',
      facet: 'config',
      reason: 'timeout',
      detail: '',
      vmid: 100
    } as const
  ]
  const plan = runOn(world, { ...seen, gaps })
  t.equal(changeOf(plan, nic)?.after.primary_mac_address, undefined)
  t.equal(changeOf(plan, macKey(old)), undefined)
})
