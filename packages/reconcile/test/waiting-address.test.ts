import type { Estate, Gap, Guest, Plan } from '@proxbox/contracts'
import { isRef } from '@proxbox/contracts'
import fc from 'fast-check'
import t from 'tap'
import { beside, changeOf, endpoint, key, planFor, runOn, withConfig } from './planned.ts'
import { estate, guest, World } from './world.ts'

const four = '10.1.1.5'
const six = '2001:db8::5'
const ip = (host: string, slot = 'net0'): string => `ip:${key}/${slot}/${host}`
const hours = (count: number): number => count / 24

interface Told {
  /** What its configuration gives it. */
  readonly set?: readonly string[]
  readonly row?: Partial<Guest>
}

/** Guest 100 telling these addresses; without them its agent is silent. */
function telling(hosts?: readonly string[], { set = [], row = {} }: Told = {}): Estate {
  const nics = (guest(100).config?.nics ?? []).map((nic) => ({ ...nic, addresses: [...set] }))
  const addresses = (hosts ?? []).map((address) => ({
    address,
    prefixLength: address.includes(':') ? 64 : 24,
    family: address.includes(':') ? (6 as const) : (4 as const)
  }))
  const interfaces = [{ name: 'ens18', mac: 'BC:24:11:00:00:64', addresses }]
  const told = hosts === undefined ? {} : { interfaces }
  return beside(withConfig({ nics, agentEnabled: true }, { ...told, ...row }))
}
const silent = telling()
const isWritten = (world: World, host: string): boolean => world.ledger.has(ip(host))
const waitingIn = (plan: Plan): string[] => plan.seen.waiting.map((one) => one.key)

t.test(
  'an IPv6 address that only the guest tells is written once it was seen for a day',
  async (t) => {
    const world = new World()
    const seen = telling([four, six])
    const first = runOn(world, seen)
    t.ok(isWritten(world, four), 'its IPv4 address does not wait')
    t.notOk(isWritten(world, six))
    t.match(first.seen, {
      waiting: [
        {
          key: ip(six),
          label: `${six}/64`,
          holder: 'vm100 net0',
          since: '2026-01-01T00:00:00.000Z'
        }
      ],
      begun: [{ key: ip(six) }],
      ended: []
    })
    t.same([first.held, first.conflicts, first.notices], [[], [], []], 'nothing is wrong with it')
    t.notOk(
      'primary_ip6' in world.stored(key) && world.stored(key).primary_ip6,
      'nor is it primary'
    )
    const later = runOn(world, seen, hours(23))
    t.same([later.changes, later.seen.begun, later.seen.ended], [[], [], []])
    t.same(waitingIn(later), [ip(six)])
    const due = runOn(world, seen, hours(25))
    t.equal(changeOf(due, ip(six))?.action, 'create')
    t.same(due.seen, { waiting: [], begun: [], ended: [] })
    t.same(changeOf(due, key)?.after, { primary_ip6: { ref: ip(six) } })
    t.same(runOn(world, seen, hours(26)).changes, [])
  }
)

t.test('seen, gone, and seen again: its time begins anew', async (t) => {
  const world = new World()
  runOn(world, telling([four, six]))
  t.same(runOn(world, telling([four]), hours(12)).seen.ended, [ip(six)])
  runOn(world, telling([four, six]), hours(13))
  runOn(world, telling([four, six]), hours(36))
  t.notOk(isWritten(world, six))
  runOn(world, telling([four, six]), hours(37))
  t.ok(isWritten(world, six))
})

const gap = (over: Partial<Gap>): Gap => ({
  ...{ cluster: 'caaaaaaaa', scope: 'guest', vmid: 100, facet: 'agent', reason: 'timeout' },
  detail: '',
  ...over
})
const { config: _, ...unread } = guest(100)
const unknown: Record<string, Estate> = {
  'a silent agent': silent,
  'an agent that answered nonsense': { ...telling([]), gaps: [gap({})] },
  'a guest that is off': telling(undefined, { row: { status: 'stopped' } }),
  'a configuration that was not read': beside(unread),
  'a guest list that was not read': {
    ...estate([guest(101)]),
    gaps: [gap({ scope: 'guests', facet: 'list' })]
  },
  'no cluster at all': { clusters: [], gaps: [] }
}
for (const [what, one] of Object.entries(unknown)) {
  t.test(`unknown is not gone: its time goes on through ${what}`, async (t) => {
    const world = new World()
    runOn(world, telling([four, six]))
    t.same(runOn(world, one, hours(12)).seen, { waiting: [], begun: [], ended: [] })
    runOn(world, telling([four, six]), hours(24))
    t.ok(isWritten(world, six))
  })
}

t.test('a guest that has left a whole list is not remembered', async (t) => {
  const world = new World()
  runOn(world, telling([four, six]))
  t.same(runOn(world, estate([guest(101)]), hours(1)).seen.ended, [ip(six)])
})

t.test('a Run of other guests or types changes nothing of it', async (t) => {
  const world = new World()
  runOn(world, telling([four, six]))
  const nothing = { waiting: [], begun: [], ended: [] }
  const other = { vmKeys: new Set(['vm:caaaaaaaa/qemu/101']) }
  t.same(runOn(world, telling([four]), hours(1), other).seen, nothing)
  t.same(runOn(world, telling([four]), hours(2), { syncTypes: ['vm-disks'] }).seen, nothing)
  const own = { vmKeys: new Set([key]) }
  t.same(runOn(world, telling([four]), hours(3), own).seen.ended, [ip(six)])
})

t.test('what the configuration has is written at once, also when it waited before', async (t) => {
  const world = new World()
  runOn(world, telling([six], { set: [`${six}/64`] }))
  t.ok(isWritten(world, six))
  const other = new World()
  runOn(other, telling([six]))
  runOn(other, telling([six], { set: [`${six}/64`] }), hours(1))
  t.ok(isWritten(other, six))
  t.same([...other.seen], [], 'and nothing is left to remember')
})

t.test('privacy addresses that change every day never appear', async (t) => {
  const world = new World()
  const stable = '2001:db8::be24:11ff:fe00:64'
  for (let day = 0; day < 30; day++) {
    const seen = telling([four, stable, `2001:db8::${(day + 0x1000).toString(16)}`])
    for (const hour of [0, 8, 16]) runOn(world, seen, day + hours(hour))
  }
  const kept = [...world.ledger.values()].filter((row) => row.kind === 'ip-address')
  t.same(
    kept.map((row) => row.key).filter((one) => one.includes('2001')),
    [ip(stable)]
  )
  t.equal(world.seen.size, 1, 'only the last one is remembered')
})

t.test('what NetBox has already is taken up in the first Run', async (t) => {
  const fields = { address: `${six}/48`, vrf: null, status: 'active' }
  const entered = new World()
  entered.add('ip-address', { ...fields, assigned_object: null })
  const plan = runOn(entered, telling([four, six]))
  t.match(changeOf(plan, ip(six)), { action: 'update', origin: 'adopted' })
  t.same(changeOf(plan, ip(six))?.after, { assigned_object: { ref: `${key}/net0` } })
  t.same(plan.seen.waiting, [])
  const lost = new World()
  for (const hour of [0, 24]) runOn(lost, telling([four, six]), hours(hour))
  lost.ledger.clear()
  const again = runOn(lost, telling([four, six]), hours(25))
  t.same([again.changes, again.seen.waiting], [[], []], 'a lost Ledger')
  t.equal(lost.ledger.get(ip(six))?.origin, 'adopted')
})

t.test('in another VRF it is another address', async (t) => {
  const world = new World()
  world.add('ip-address', {
    ...{ address: `${six}/64`, status: 'active', assigned_object: null },
    vrf: { ref: world.add('vrf', { name: 'red' }).key }
  })
  t.same(waitingIn(runOn(world, telling([four, six]))), [ip(six)])
})

t.test(
  "another object's address is a conflict at once: nothing new would be made of it",
  async (t) => {
    const world = new World()
    const other = world.add('vm', { name: 'other' }, 'other')
    const at = world.add('vm-interface', { name: 'eth0', virtual_machine: { ref: other.key } })
    const assigned = { assigned_object: { ref: at.key } }
    world.add('ip-address', { address: `${six}/64`, vrf: null, status: 'active', ...assigned })
    const plan = planFor(world, telling([four, six]))
    t.match(plan.conflicts, [{ key: ip(six), code: 'address-taken' }])
    t.same(plan.seen.waiting, [])
  }
)

t.test(
  'what a person deletes in NetBox is made again without waiting: the Ledger has it',
  async (t) => {
    const world = new World()
    for (const hour of [0, 24]) runOn(world, telling([four, six]), hours(hour))
    world.cascade(`netbox:ip-address/${world.ledger.get(ip(six))?.netbox_id}`)
    const plan = planFor(world, telling([four, six]), { now: '2026-01-03T00:00:00Z' })
    t.equal(changeOf(plan, ip(six))?.action, 'create')
  }
)

t.test('with a lost Ledger what is not in NetBox waits anew', async (t) => {
  const world = new World()
  runOn(world, telling([four, six]))
  world.ledger.clear()
  world.seen.clear()
  runOn(world, telling([four, six]), hours(23))
  runOn(world, telling([four, six]), hours(25))
  t.notOk(isWritten(world, six))
  runOn(world, telling([four, six]), hours(47))
  t.ok(isWritten(world, six))
})

t.test('Runs that only plan let its time pass: an approved Plan has it', async (t) => {
  const world = new World()
  for (const hour of [0, 12]) world.remember(planFor(world, telling([four, six]), at(hour)))
  t.notOk(changeOf(planFor(world, telling([four, six]), at(12)), ip(six)))
  const plan = planFor(world, telling([four, six]), at(24))
  world.remember(plan)
  t.equal(changeOf(plan, ip(six))?.action, 'create')
  t.same(changeOf(plan, key)?.after.primary_ip6, { ref: ip(six) })
  world.remember(planFor(world, silent, at(48)))
  const days = planFor(world, telling([four, six]), at(72))
  t.equal(changeOf(days, ip(six))?.action, 'create', 'however long it takes to approve')
})
const at = (hour: number) => ({
  now: new Date(Date.parse('2026-01-01T00:00:00Z') + hour * 3_600_000).toISOString()
})

t.test('a clock that was wrong once keeps nothing waiting for years', async (t) => {
  const world = new World()
  world.remember(planFor(world, telling([four, six]), { now: '2036-01-01T00:00:00Z' }))
  t.match(runOn(world, telling([four, six])).seen.begun, [{ since: '2026-01-01T00:00:00.000Z' }])
  runOn(world, telling([four, six]), 1)
  t.ok(isWritten(world, six))
})

t.test('nothing goes for an address that waits, and none of it is primary', async (t) => {
  const old = '2001:db8::1'
  for (const primaryIpPolicy of ['when-unset', 'always'] as const) {
    const world = new World()
    const options = endpoint({ primaryIpPolicy })
    for (const day of [0, 1]) runOn(world, telling([four, old]), day, options)
    const primary = () => world.stored(key).primary_ip6
    const before = primary()
    t.ok(isRef(before ?? null), 'it has one')
    runOn(world, telling([four, six]), 2 + hours(1), options)
    t.same(primary(), before, 'the one that it had')
    t.ok(isRef(world.stored(ip(old)).assigned_object), 'and that one stays assigned')
    runOn(world, telling([four, six]), 3 + hours(1), options)
    t.ok(isWritten(world, six))
  }
})

t.test('two guests that tell one address: who waits takes it from nobody', async (t) => {
  const [first] = telling([six]).clusters[0]?.guests ?? []
  const nics = (guest(101).config?.nics ?? []).map((nic) => ({
    ...nic,
    addresses: [`${six}/64`]
  }))
  const { config } = guest(101)
  if (first === undefined || config === undefined) throw new Error('no guests')
  const seen = estate([first, guest(101, { config: { ...config, nics } })])
  const world = new World()
  const plan = planFor(world, seen)
  t.equal(changeOf(plan, `ip:vm:caaaaaaaa/qemu/101/net0/${six}`)?.action, 'create')
  t.same(plan.notices, [])
})

const acts = { tells: [four, six], 'is without it': [four], 'is silent': undefined }

/** A guest's Run after so many hours more, and what it answers. */
interface Step {
  readonly act: keyof typeof acts
  readonly after: number
}

/** Pure: when the address of such a life is first written, in hours; undefined: never. */
function writtenAt(steps: readonly Step[]): number | undefined {
  let now = 0
  let since: number | undefined
  for (const { act, after } of steps) {
    now += after
    if (act === 'is without it') since = undefined
    if (act !== 'tells') continue
    since ??= now
    if (now - since >= 24) return now
  }
  return undefined
}

t.test('whatever a guest does, it is written exactly when it was seen for a day', async (t) => {
  const life = fc.array(
    fc.record({
      act: fc.constantFrom('tells', 'tells', 'is without it', 'is silent'),
      after: fc.integer({ min: 1, max: 30 })
    }),
    { maxLength: 12 }
  )
  const holds = (steps: readonly Step[]): void => {
    const world = new World()
    const due = writtenAt(steps) ?? Number.POSITIVE_INFINITY
    let now = 0
    for (const { act, after } of steps) {
      now += after
      runOn(world, telling(acts[act]), hours(now))
      if (isWritten(world, six) !== now >= due)
        throw new Error(`after ${now} hours, due after ${due}`)
    }
  }
  fc.assert(fc.property(life, holds), { numRuns: 150 })
  t.pass('150 lives')
})
