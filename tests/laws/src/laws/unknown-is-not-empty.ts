import { type Change, isRef } from '@proxbox/contracts'
import { guestKey, guestOf } from '@proxbox/reconcile'
import { estatesOf } from '../cases.ts'
import { degraded, type Loss, losses } from '../degrade.ts'
import type { Law } from '../law.ts'
import { toldChanges } from '../told.ts'

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

/** What was not read stays as it is. */
export const unknownIsNotEmpty: Law = {
  name: 'Unknown is not empty',
  holds: async (one, bench) => {
    const [before, after] = await estatesOf(one)
    const session = await bench.session(one.version)
    await session.foresee(before)
    await session.sync(before)
    const [first = 0, index = 0] = one.faults
    const loss = losses[first % losses.length] ?? 'config'
    const same = await session.planEstate(degraded(before, loss, index))
    if (same.changes.length > 0) throw new Error(`lost ${loss}:\n${toldChanges(same.changes)}`)
    const seen = degraded(after, loss, index)
    const hidden = new Set(
      loss === 'config' || loss === 'agent'
        ? after.guests
            .filter((_, at) => at === index % after.guests.length)
            .map((guest) => guestKey('caaaaaaaa', guest.type, guest.vmid))
        : [...session.inventory.ledger.keys()].flatMap((key) => guestOf(key) ?? [])
    )
    if (loss === 'node' || loss === 'network') return
    const harm = (await session.planEstate(seen)).changes.filter(
      (change) => hidden.has(guestOf(change.key) ?? '') && harms(change, loss)
    )
    if (harm.length > 0) throw new Error(`lost ${loss}:\n${toldChanges(harm)}`)
  }
}
