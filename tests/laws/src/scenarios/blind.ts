import type { KindName } from '@proxbox/contracts'
import { setAddresses } from '@proxbox/simulator/proxmox'
import { toldChanges } from '../told.ts'
import { Lab } from './lab.ts'
import { withoutKinds, withoutObject } from './narrowed.ts'
import { vmKey } from './proxmox-lab.ts'
import { must, mustEqual, type Scenario } from './scenario.ts'

const many = Array.from({ length: 14 }, (_, index) => ({ vmid: 100 + index, name: `vm${index}` }))

const views = (count: number): Scenario => ({
  name: `a token loses the right to see ${count} guests`,
  holds: async (bench) => {
    const lab = await Lab.open(bench, many.slice(0, count))
    const places = lab.places()
    const { netbox } = lab
    const seen = await lab.proxmox.seen()
    const hidden: readonly KindName[][] = [
      ['vm', 'vm-interface', 'disk', 'mac-address', 'ip-address'],
      ['vm-interface', 'mac-address'],
      ['ip-address'],
      ['disk']
    ]
    for (const kinds of hidden) {
      const blind = withoutKinds(lab, kinds)
      const before = netbox.writes()
      const plan = await blind.plan(seen)
      const made = plan.changes.filter(({ action }) => action !== 'update')
      mustEqual(made.length, 0, `without ${kinds.join(', ')}:\n${toldChanges(made)}`)
      await blind.apply(plan)
      mustEqual(netbox.writes() - before, 0, `writes without ${kinds.join(', ')}`)
    }
    await lab.quiet()
    lab.mustBeAt(places)
    must((await lab.all('vm')).length === count, 'VMs were made again')
  }
})

const moved: Scenario = {
  name: 'an address that a person moved, and that a token does not see any more, is there once',
  holds: async (bench) => {
    const lab = await Lab.open(bench, many.slice(0, 2))
    const { netbox } = lab
    const second = { address: '10.1.9.9', family: 4, prefix: 24 } as const
    setAddresses(lab.proxmox.world, 100, 0, [
      { address: '10.1.0.100', family: 4, prefix: 24 },
      second
    ])
    await lab.sync()
    const key = `ip:${vmKey(100)}/net0/${second.address}`
    const { netbox_id } = lab.row(`${vmKey(101)}/net0`)
    await lab.edit(key, { assigned_object: { ref: `netbox:vm-interface/${netbox_id}` } })
    await lab.quiet()
    const before = netbox.writes()
    const blind = withoutObject(lab, key)
    const plan = await blind.plan(await lab.proxmox.seen())
    mustEqual(plan.changes.length, 0, toldChanges(plan.changes))
    mustEqual(
      plan.held.map(({ change, guard }) => [change.key, guard]),
      [[key, 'vanished']],
      'what a person is asked'
    )
    await blind.apply(plan)
    mustEqual(netbox.writes() - before, 0, 'writes')
    await lab.remove(key)
    await lab.sync()
    must(lab.ledger.has(key), 'what a person deleted is not made again')
    await lab.quiet()
  }
}

export const blind: readonly Scenario[] = [views(14), views(4), moved]
