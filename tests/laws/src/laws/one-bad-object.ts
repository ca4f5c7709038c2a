import type { WriteBatch, WriteEntry, WriteResult } from '@proxbox/netbox'
import type { Bench } from '../bench.ts'
import type { Case } from '../cases.ts'
import type { Law } from '../law.ts'
import { clusterOf, plainGuest } from '../many-guests.ts'
import { Session } from '../session.ts'
import { altered, type NetBoxSide } from '../sides/netbox-side.ts'
import { toldChanges } from '../told.ts'

const most = 2
const callsFor = (n: number): number => most * Math.ceil(Math.log2(n)) + 1

const make = (index: number): WriteEntry => ({
  key: `m${index}`,
  netboxId: null,
  label: `m${index}`,
  fields: { name: `m${index}`, slug: `m${index}` }
})

/** One wave of writes of which NetBox refuses exactly one. */
async function oneOfMany(netbox: NetBoxSide, total: number, bad: number, isUpdate: boolean) {
  const made = await netbox.write({
    kind: 'manufacturer',
    action: 'create',
    entries: isUpdate ? Array.from({ length: total }, (_, index) => make(index)) : [make(total)]
  })
  const ids = new Map(made.map((one) => [one.key, one.state === 'done' ? one.netboxId : 0]))
  const taken = isUpdate ? `m${(bad + 1) % total}` : `m${total}`
  const entries = Array.from({ length: total }, (_, index): WriteEntry => {
    const key = `m${index}`
    const good = isUpdate ? { description: 'new' } : make(index).fields
    const poison = isUpdate && total === 1 ? { slug: 'not a slug!' } : { slug: taken, name: taken }
    return {
      key,
      label: key,
      netboxId: isUpdate ? (ids.get(key) ?? null) : null,
      fields: index === bad ? poison : good
    }
  })
  const batch: WriteBatch = {
    kind: 'manufacturer',
    action: isUpdate ? 'update' : 'create',
    entries
  }
  const before = netbox.writes()
  const results = await netbox.write(batch)
  mustBeOne(results, { total, bad: `m${bad}`, calls: netbox.writes() - before })
}

function mustBeOne(
  results: readonly WriteResult[],
  { total, bad, calls }: { total: number; bad: string; calls: number }
): void {
  const refused = results.filter((one) => one.state === 'refused')
  const names = refused.map(({ key }) => key).join(', ')
  if (names !== bad) throw new Error(`${bad} is bad, refused: ${names || 'nothing'}`)
  if (results.length !== total) throw new Error(`${results.length} results of ${total}`)
  const [words] = refused
  if (words?.state !== 'refused' || words.detail === '') throw new Error('NetBox said nothing')
  // Waves of creates are cut in two for two workers: each half is one of its own.
  if (calls > callsFor(total) + 1) throw new Error(`${calls} calls for one of ${total}`)
}

/** NetBox refuses what a Run sends of one guest, for as long as `isPoisoned`. */
function poisoned(netbox: NetBoxSide, key: string, isPoisoned: () => boolean): NetBoxSide {
  const spoiled = (entry: WriteEntry): WriteEntry =>
    entry.key === key && isPoisoned()
      ? { ...entry, fields: { ...entry.fields, memory: -1 } }
      : entry
  return altered(netbox, {
    write: (batch) => netbox.write({ ...batch, entries: batch.entries.map(spoiled) })
  })
}

/** Refused once, it waits; everything else is written; it is written when its cause is gone. */
async function quarantined({ faults, version }: Case, bench: Bench): Promise<void> {
  const [a = 0, b = 0] = faults
  const total = 2 + (a % 4)
  const vmid = 100 + (b % total)
  const bad = `vm:caaaaaaaa/qemu/${vmid}`
  let isBad = true
  const start = await bench.session(version)
  const netbox = poisoned(start.netbox, bad, () => isBad)
  const session = new Session(netbox, { ...start.options, inventory: start.inventory, batch: 50 })
  const seen = clusterOf(Array.from({ length: total }, (_, index) => plainGuest(100 + index)))
  await session.sync(seen)
  const vms = await netbox.read(['vm'])
  if (vms.length !== total - 1) throw new Error(`${vms.length} VMs of ${total - 1}`)
  const kept = session.inventory.quarantine.get(bad)
  if (kept === undefined || !/memory/i.test(kept.detail))
    throw new Error(`kept as ${kept?.detail ?? 'nothing'}`)
  const writes = netbox.writes()
  const waiting = await session.plan(seen)
  if (waiting.changes.length > 0)
    throw new Error(`sent again at once:\n${toldChanges(waiting.changes)}`)
  if (netbox.writes() !== writes) throw new Error('a Plan wrote')
  if (!waiting.held.some(({ change }) => change.key === bad))
    throw new Error('what waits in quarantine is not told')
  session.pass(1)
  await session.sync(seen)
  const again = session.inventory.quarantine.get(bad)
  if (again?.failures !== 2) throw new Error(`refused ${again?.failures} times, tried after a day`)
  isBad = false
  session.pass(1)
  await session.sync(seen)
  if ((await netbox.read(['vm'])).length !== total)
    throw new Error('its cause is gone, and it is not written')
  if (session.inventory.quarantine.size > 0) throw new Error('it is still in quarantine')
  const last = await session.plan(seen)
  if (last.changes.length > 0) throw new Error(toldChanges(last.changes))
}

/** A refused object is found in few calls, kept with NetBox's words, and everything else is written. */
export const oneBadObject: Law = {
  name: 'One bad object',
  holds: async (one, bench) => {
    const [a = 0, b = 0, c = 0] = one.faults
    const total = 1 + (a % 64)
    const { netbox } = await bench.session(one.version)
    await oneOfMany(netbox, total, b % total, c % 2 === 0)
    await quarantined(one, bench)
  }
}
