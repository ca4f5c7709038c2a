import type { Estate, Gap, Guest } from '@proxbox/contracts'
import { isRef, netboxKey } from '@proxbox/contracts'
import t from 'tap'
import { beside, changeOf, day, endpoint, key, planFor, runOn, withConfig } from './planned.ts'
import { guest, World } from './world.ts'

const nics = guest(100).config?.nics ?? []
const host = '10.0.100.10'
const ip = (one: string): string => `ip:${key}/net0/${one}`

/** Guest 100 with these static addresses; `tells`: what its agent answers. */
function seen(set: readonly string[], tells?: readonly string[], row: Partial<Guest> = {}): Estate {
  const addresses = (tells ?? []).map((address) => ({
    ...{ address, prefixLength: 24, family: 4 as const }
  }))
  const interfaces = [{ name: 'ens18', mac: 'BC:24:11:00:00:64', addresses }]
  const config = { nics: nics.map((nic) => ({ ...nic, addresses: set.map((one) => `${one}/24`) })) }
  return beside(withConfig(config, { ...(tells === undefined ? {} : { interfaces }), ...row }))
}
const primaryAt = (world: World): string | undefined => {
  const { primary_ip4: primary } = world.stored(key)
  return isRef(primary) ? primary.ref : undefined
}
const objectOf = (world: World, one: string): string =>
  `netbox:ip-address/${world.ledger.get(ip(one))?.netbox_id}`
const objectAt = (world: World, of: string): string => {
  const row = world.ledger.get(of)
  return netboxKey(row?.kind ?? 'vm', row?.netbox_id ?? 0)
}
const isAssigned = (world: World, one: string): boolean =>
  isRef(world.stored(ip(one)).assigned_object)

t.test('a static address that only the configuration told leaves after its grace', async (t) => {
  for (const status of ['running', 'stopped'] as const) {
    const world = new World()
    const at = (...set: string[]) => seen(set, undefined, { status })
    runOn(world, at(host))
    t.match(world.ledger.get(ip(host))?.evidence, { in_config: 'yes' })
    const first = runOn(world, at('10.0.100.11'), 1)
    t.notOk(changeOf(first, ip(host)), 'nothing is written of it')
    t.equal(world.ledger.get(ip(host))?.first_missing_at, day(1))
    t.same(runOn(world, at('10.0.100.11'), 7).changes, [], 'not before its grace is over')
    t.equal(primaryAt(world), objectOf(world, host), 'primary unchanged meanwhile')
    runOn(world, at('10.0.100.11'), 8)
    t.notOk(isAssigned(world, host))
    t.equal(primaryAt(world), objectOf(world, '10.0.100.11'))
    runOn(world, at(host), 9)
    t.ok(isAssigned(world, host), 'and may come back')
  }
})

t.test('an address that a person put on another interface stays there', async (t) => {
  const world = new World()
  runOn(world, seen([host, '10.0.100.11']))
  runOn(world, seen([host]), 1)
  const vm = objectAt(world, key)
  const other = world.add('vm-interface', { name: 'tunnel', virtual_machine: { ref: vm } })
  world.edit(ip('10.0.100.11'), { assigned_object: { ref: other.key } })
  const { changes, held } = planFor(world, seen([host]), { now: day(30) })
  t.same(changes, [])
  t.match(held, [{ guard: 'owned-only', reason: /a person changed its assigned_object/ }])
})

t.test('back within its grace: nothing was written', async (t) => {
  const world = new World()
  runOn(world, seen([host]))
  runOn(world, seen([]), 1)
  t.same(runOn(world, seen([host]), 3).changes, [])
  t.equal(world.ledger.get(ip(host))?.first_missing_at, null)
})

t.test('what the guest itself has told does not go while it is silent', async (t) => {
  const lives: Record<string, readonly Estate[]> = {
    'told by it alone': [seen([], [host])],
    'told by both': [seen([host], [host])],
    'told by it once, and by the configuration since': [seen([host], [host]), seen([host])],
    'told by it before it was configured': [seen([], [host]), seen([host], [host]), seen([host])]
  }
  for (const [what, life] of Object.entries(lives)) {
    const world = new World()
    for (const [index, one] of life.entries()) runOn(world, one, index)
    runOn(world, seen([]), 10)
    t.same(runOn(world, seen([]), 60).changes, [], what)
    t.ok(isAssigned(world, host), what)
  }
})

t.test('a guest that has answered without it is believed', async (t) => {
  const world = new World()
  runOn(world, seen([host], [host]))
  runOn(world, seen([host], []), 1)
  runOn(world, seen([]), 2)
  runOn(world, seen([]), 10)
  t.notOk(isAssigned(world, host))
})

t.test('unknown is not gone: an older Ledger, an unread configuration, a gap', async (t) => {
  const gap = (facet: Gap['facet']): Gap => ({
    ...{ cluster: 'caaaaaaaa', scope: 'guest', vmid: 100, facet, reason: 'timeout', detail: '' }
  })
  const { config: _, ...unread } = guest(100)
  const unknown: Record<string, Estate> = {
    'an unread configuration': beside(unread),
    'a gap of the configuration': { ...seen([]), gaps: [gap('config')] },
    'a silent agent': { ...seen([]), gaps: [gap('agent')] }
  }
  for (const [what, one] of Object.entries(unknown)) {
    const world = new World()
    runOn(world, seen([host]))
    runOn(world, one, 1)
    t.equal(world.ledger.get(ip(host))?.first_missing_at, null, what)
    t.same(planFor(world, one, { now: day(60) }).changes, [], what)
  }
  const older = new World()
  runOn(older, seen([host]))
  const row = older.ledger.get(ip(host))
  if (row === undefined) throw new Error('no row')
  older.ledger.set(ip(host), { ...row, evidence: {} })
  runOn(older, seen([]), 1)
  t.same(runOn(older, seen([]), 60).changes, [], 'nobody knows who told it')
  runOn(older, seen([host]), 61)
  t.match(older.ledger.get(ip(host))?.evidence, { in_config: 'yes' }, 'learned without a write')
})

t.test('what a person built upon it stays, and what was there before us', async (t) => {
  const world = new World()
  runOn(world, seen([host]))
  world.edit(ip(host), { description: 'by hand' })
  runOn(world, seen([]), 1)
  t.match(runOn(world, seen([]), 30).held, [{ guard: 'owned-only', change: { key: ip(host) } }])
  const adopted = new World()
  adopted.add('ip-address', {
    ...{ address: `${host}/24`, vrf: null, status: 'active', assigned_object: null }
  })
  runOn(adopted, seen([host]), 0, endpoint({ primaryIpPolicy: 'never' }))
  runOn(adopted, seen([]), 1)
  t.same(runOn(adopted, seen([]), 30).changes, [])
})
