import type { KindName } from '@proxbox/contracts'
import { Session } from '../session.ts'
import { altered, type NetBoxSide } from '../sides/netbox-side.ts'
import { toldChanges } from '../told.ts'
import { Lab } from './lab.ts'
import { must, mustEqual, type Scenario } from './scenario.ts'

/** The same NetBox through a token that may not see these kinds. */
const withoutRights = (side: NetBoxSide, hidden: readonly KindName[]): NetBoxSide =>
  altered(side, {
    read: async (kinds) => await side.read(kinds.filter((kind) => !hidden.includes(kind))),
    readById: async (kind, ids) => (hidden.includes(kind) ? [] : await side.readById(kind, ids)),
    counts: async (asked) => await side.counts(asked.filter(({ kind }) => !hidden.includes(kind)))
  })

const many = Array.from({ length: 14 }, (_, index) => ({ vmid: 100 + index, name: `vm${index}` }))

const views = (count: number): Scenario => ({
  name: `a token loses the right to see ${count} guests`,
  holds: async (bench) => {
    const lab = await Lab.open(bench, many.slice(0, count))
    const places = lab.places()
    const { session, netbox } = lab
    const seen = await lab.proxmox.seen()
    const hidden: readonly KindName[][] = [
      ['vm', 'vm-interface', 'disk', 'mac-address', 'ip-address'],
      ['vm-interface', 'mac-address'],
      ['ip-address'],
      ['disk']
    ]
    for (const kinds of hidden) {
      const blind = new Session(withoutRights(netbox, kinds), {
        ...session.options,
        inventory: session.inventory
      })
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

export const blind: readonly Scenario[] = [views(14), views(4)]
