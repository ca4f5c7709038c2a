import { type Change, isRef } from '@proxbox/contracts'
import { guestKey, guestOf } from '@proxbox/reconcile'
import t from 'tap'
import { estatesOf, law, randomsFrom } from '../src/cases.ts'
import { degraded, type Loss, losses } from '../src/degrade.ts'
import { Session } from '../src/session.ts'
import { Store } from '../src/store.ts'

law(t, 'nothing to do: a Plan that was applied leaves nothing', async (one) => {
  const session = new Session(Store.fresh(one.version))
  for (const seen of await estatesOf(one)) {
    session.apply(session.plan(seen), () => {}, randomsFrom(one.faults))
    const again = session.plan(seen)
    if (again.changes.length > 0) throw new Error(JSON.stringify(again.changes, null, 1))
    const { writes } = session.store
    session.apply(again)
    if (session.store.writes !== writes) throw new Error('it wrote')
    const third = session.plan(seen)
    if (third.adoptions.length > 0) throw new Error(JSON.stringify(third.adoptions))
  }
})

const isBlank = (value: unknown) =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && !value.length)

/** Does the Change take away what may only not have been seen? */
function harms(change: Change, loss: Loss): boolean {
  if (change.action === 'delete') return loss !== 'agent' && loss !== 'agents'
  return Object.entries(change.after).some(([field, value]) => {
    const before = change.before[field]
    if (isBlank(before)) return false
    if (field.startsWith('primary_ip')) return true
    if (loss === 'agent' || loss === 'agents')
      return change.kind === 'vm-interface' && field === 'name'
    return field === 'name' || (isBlank(value) && !isRef(value))
  })
}

law(t, 'unknown is not empty: what was not read stays as it is', async (one) => {
  const [before, after] = await estatesOf(one)
  const session = new Session(Store.fresh(one.version))
  session.sync(before)
  const [first = 0, index = 0] = one.faults
  const loss = losses[first % losses.length] ?? 'config'
  const same = session.planEstate(degraded(before, loss, index))
  if (same.changes.length > 0) throw new Error(`${loss} ${JSON.stringify(same.changes, null, 1)}`)
  const seen = degraded(after, loss, index)
  const hidden = new Set(
    loss === 'config' || loss === 'agent'
      ? after.guests
          .filter((_, at) => at === index % after.guests.length)
          .map((guest) => guestKey('caaaaaaaa', guest.type, guest.vmid))
      : [...session.inventory.ledger.keys()].flatMap((key) => guestOf(key) ?? [])
  )
  if (loss === 'node' || loss === 'network') return
  const harm = session
    .planEstate(seen)
    .changes.filter((change) => hidden.has(guestOf(change.key) ?? '') && harms(change, loss))
  if (harm.length > 0) throw new Error(`${loss} ${JSON.stringify(harm, null, 1)}`)
})
