import {
  approvableGuards,
  type Change,
  type ClusterEstate,
  type Guest,
  type Plan
} from '@proxbox/contracts'
import type { Case } from '../cases.ts'
import type { Law } from '../law.ts'
import { clusterOf, plainGuest } from '../many-guests.ts'
import type { Session } from '../session.ts'
import { toldChanges } from '../told.ts'

type Harm = 'rename' | 'stop' | 'remake' | 'missing' | 'no disk'
const harms: readonly Harm[] = ['rename', 'stop', 'remake', 'missing', 'no disk']
const sizes = [3, 6, 12, 16]

const renamed = (guest: Guest): Guest => ({
  ...guest,
  name: `new${guest.vmid}`,
  ...(guest.config === undefined ? {} : { config: { ...guest.config, name: `new${guest.vmid}` } })
})
const diskless = (guest: Guest): Guest =>
  guest.config === undefined ? guest : { ...guest, config: { ...guest.config, disks: [] } }

/** The cluster after harm came to the first so many guests. */
function struck(cluster: ClusterEstate, harm: Harm, count: number): ClusterEstate {
  const guests = cluster.guests.flatMap((guest, index): Guest[] => {
    if (index >= count || harm === 'remake') return [guest]
    if (harm === 'missing') return []
    if (harm === 'rename') return [renamed(guest)]
    return [harm === 'stop' ? { ...guest, status: 'stopped' } : diskless(guest)]
  })
  return { ...cluster, guests }
}

/** The budgets: 10 % of them, at least 3, never more than half; 25 %, at least 10. */
const budgetOf = (harm: Harm, total: number): number =>
  harm === 'missing' || harm === 'no disk'
    ? Math.min(Math.max(3, Math.floor(total / 10)), Math.floor(total / 2))
    : Math.max(10, Math.floor(total / 4))

/** What vanished from NetBox for the most part looks like lost rights: that waits for a person too. */
const looksLost = (harm: Harm, total: number, count: number): boolean =>
  harm === 'remake' && count >= 3 && count * 2 > total

/** Is it the harm in question, as a Change? */
function isHarm({ kind, action, before, after }: Change, harm: Harm): boolean {
  switch (harm) {
    case 'rename':
      return kind === 'vm' && action === 'update' && after.name !== undefined
    case 'stop':
    case 'missing':
      return (
        kind === 'vm' &&
        action === 'update' &&
        before.status === 'active' &&
        after.status !== undefined
      )
    case 'remake':
      return kind === 'vm' && action === 'create'
    case 'no disk':
      return kind === 'disk' && action === 'delete'
  }
}

const types = ['devices', 'virtual-machines', 'vm-disks'] as const

function mustBeHeld(plan: Plan, harm: Harm, count: number): void {
  const sent = plan.changes.filter((change) => isHarm(change, harm))
  if (sent.length > 0) throw new Error(`over its budget, and sent:\n${toldChanges(sent)}`)
  const held = plan.held.filter(({ change }) => isHarm(change, harm))
  if (held.length !== count) throw new Error(`${held.length} of ${count} are held (${harm})`)
  const other = held.find(({ guard }) => !approvableGuards.includes(guard))
  if (other !== undefined) throw new Error(`held by ${other.guard}: nobody can approve it`)
}

async function strike(session: Session, harm: Harm, count: number): Promise<void> {
  if (harm !== 'remake') return
  const vms = [...session.inventory.ledger.values()]
    .filter(({ kind }) => kind === 'vm')
    .sort((a, b) => (a.key < b.key ? -1 : 1))
  await session.netbox.delete(
    'vm',
    vms.slice(0, count).map(({ netbox_id }) => netbox_id)
  )
}

const numbersOf = ({ faults }: Case): readonly [number, number, number] => {
  const [a = 0, b = 0, c = 0] = faults
  return [a, b, c]
}

/** Over its budget a Run writes none of that sort and waits for a person; approved, exactly that is written. */
export const boundedHarm: Law = {
  name: 'Bounded harm',
  holds: async (one, bench) => {
    const [a, b, c] = numbersOf(one)
    const total = sizes[a % sizes.length] ?? 3
    const harm = harms[b % harms.length] ?? 'rename'
    // An empty list where guests are known is a gap: somebody is always there.
    const count = 1 + (c % (harm === 'missing' ? total - 1 : total))
    const cluster = clusterOf(Array.from({ length: total }, (_, index) => plainGuest(100 + index)))
    const session = await bench.session(one.version, { more: { syncTypes: types } })
    await session.sync(cluster)
    await strike(session, harm, count)
    const plan = await session.plan(struck(cluster, harm, count))
    if (count <= budgetOf(harm, total) && !looksLost(harm, total, count)) {
      const held = plan.held.filter(({ guard }) => approvableGuards.includes(guard))
      if (held.length > 0) throw new Error(`within its budget, and held: ${held[0]?.reason}`)
      if (plan.changes.filter((change) => isHarm(change, harm)).length !== count)
        throw new Error(`${count} to ${harm} of ${total}, planned:\n${toldChanges(plan.changes)}`)
      return
    }
    mustBeHeld(plan, harm, count)
    const run = await session.apply(plan)
    const written = [...run.applied.values()].filter(({ change }) => isHarm(change, harm))
    if (written.length > 0) throw new Error(`written: ${written[0]?.change.key}`)
    const approved = session.with({ more: { syncTypes: types, budget: false } })
    await approved.sync(struck(cluster, harm, count))
    const left = await session.plan(struck(cluster, harm, count))
    if (left.changes.length + left.held.length > 0)
      throw new Error(`approved, and still there:\n${toldChanges(left.changes)}`)
  }
}
