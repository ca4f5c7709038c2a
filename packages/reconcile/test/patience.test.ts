import type { Change, Estate, Gap, Guest, GuestInterface, Plan } from '@proxbox/contracts'
import { isRef } from '@proxbox/contracts'
import fc from 'fast-check'
import t from 'tap'
import './config.ts'
import { beside, changeOf, day, endpoint, key, planFor, runOn, withConfig } from './planned.ts'
import { estate, guest, World } from './world.ts'

const ip = (host: string, of = key): string => `ip:${of}/net0/${host}`
const told = (...hosts: string[]): GuestInterface[] => [
  {
    name: 'ens18',
    mac: 'BC:24:11:00:00:64',
    addresses: hosts.map((address) => ({ address, prefixLength: 24, family: 4 }))
  }
]
const nics = (guest(100).config?.nics ?? []).map((nic) => ({ ...nic, addresses: [] }))
/** Guest 100 whose agent tells these addresses. */
const telling = (...hosts: string[]): Estate =>
  beside(withConfig({ nics, agentEnabled: true }, { interfaces: told(...hosts) }))
const primaryOf = (world: World): string | undefined => {
  const { primary_ip4: primary } = world.stored(key)
  const row = [...world.ledger.values()].find(
    ({ kind, netbox_id }) =>
      kind === 'ip-address' && isRef(primary) && primary.ref === `netbox:ip-address/${netbox_id}`
  )
  return row?.key
}
const assigned = (world: World, of: string): boolean => isRef(world.stored(of).assigned_object)

t.test('all agents with empty address lists for a day change nothing', async (t) => {
  for (const primaryIpPolicy of ['when-unset', 'always', 'prefer-subnet'] as const) {
    const world = new World()
    const policy = endpoint({ primaryIpPolicy, primaryIpSubnet: '10.0.0.0/8' })
    const named = (hosts: (vmid: number) => string[]) =>
      estate(
        Array.from({ length: 30 }, (_, index) => {
          const { config, ...row } = guest(100 + index)
          const [nic] = config?.nics ?? []
          const interfaces = [
            {
              name: 'ens18',
              ...(nic?.mac === undefined ? {} : { mac: nic.mac }),
              addresses: hosts(100 + index).map((address) => ({
                address,
                prefixLength: 24,
                family: 4 as const
              }))
            }
          ]
          const bare = nic === undefined ? [] : [{ ...nic, addresses: [] }]
          return {
            ...row,
            interfaces,
            config: { ...config, nics: bare, agentEnabled: true }
          } as Guest
        })
      )
    const full = named((vmid) => [`10.0.${vmid}.10`])
    runOn(world, full, 0, policy)
    const before = JSON.stringify([...world.objects])
    for (let hour = 1; hour <= 24; hour += 1)
      t.same(
        runOn(
          world,
          named(() => []),
          hour / 24,
          policy
        ).changes,
        [],
        `${hour} h`
      )
    t.same(runOn(world, full, 1.1, policy).changes, [])
    t.equal(JSON.stringify([...world.objects]), before)
    t.notOk([...world.ledger.values()].some((row) => row.first_missing_at !== null))
  }
})

t.test('an address that is gone waits in the Ledger, then leaves, and may come back', async (t) => {
  const world = new World()
  runOn(world, telling('10.1.1.5', '10.1.1.6'))
  t.equal(primaryOf(world), ip('10.1.1.5'))
  const first = runOn(world, telling('10.1.1.6'), 1)
  t.same(first.changes, [])
  t.match(
    first.adoptions.filter(({ kind }) => kind === 'ip-address'),
    [{ key: ip('10.1.1.5'), missing_since: day(1) }]
  )
  t.same(runOn(world, telling('10.1.1.6'), 5).adoptions, [], 'known once')
  t.equal(primaryOf(world), ip('10.1.1.5'), 'primary unchanged')
  const last = runOn(world, telling('10.1.1.6'), 8)
  t.same(
    last.steps.map(({ kind, entries }) => [kind, entries.map((entry) => entry.fields)]),
    [
      ['vm', [['primary_ip4']]],
      ['ip-address', [['assigned_object']]]
    ],
    'the next primary is chosen before the address leaves'
  )
  t.equal(primaryOf(world), ip('10.1.1.6'))
  t.notOk(assigned(world, ip('10.1.1.5')))
  runOn(world, telling('10.1.1.5', '10.1.1.6'), 9)
  t.ok(assigned(world, ip('10.1.1.5')))
  t.equal(primaryOf(world), ip('10.1.1.6'), 'sticky')
  t.equal(world.ledger.get(ip('10.1.1.5'))?.first_missing_at, null)
})

t.test('the last address leaves without a next one, and is chosen when it is back', async (t) => {
  const world = new World()
  runOn(world, telling('10.1.1.5'))
  runOn(world, telling(), 1)
  t.match(changeOf(runOn(world, telling(), 9), key)?.after, { primary_ip4: null })
  t.equal(primaryOf(world), undefined)
  runOn(world, telling('10.1.1.5'), 10)
  t.equal(primaryOf(world), ip('10.1.1.5'))
})

t.test('policy always: another address is primary only when the old one has left', async (t) => {
  const world = new World()
  const always = endpoint({ primaryIpPolicy: 'always' })
  runOn(world, telling('10.1.1.5', '10.1.1.6'), 0, always)
  for (const days of [1, 3, 7])
    t.same(runOn(world, telling('10.1.1.6'), days, always).changes, [], `${days} days`)
  runOn(world, telling('10.1.1.6'), 8, always)
  t.equal(primaryOf(world), ip('10.1.1.6'))
})

t.test(
  'an adopted address never leaves; with policy always it is primary for its grace',
  async (t) => {
    const world = new World()
    const always = endpoint({ primaryIpPolicy: 'always' })
    const loose = world.add('ip-address', {
      ...{ address: '10.1.1.5/24', vrf: null, status: 'active', assigned_object: null }
    })
    runOn(world, telling('10.1.1.5', '10.1.1.6'), 0, always)
    t.equal(world.ledger.get(ip('10.1.1.5'))?.netbox_id, loose.netbox_id)
    t.equal(world.ledger.get(ip('10.1.1.5'))?.origin, 'adopted')
    runOn(world, telling('10.1.1.6'), 1, always)
    t.equal(primaryOf(world), ip('10.1.1.5'))
    runOn(world, telling('10.1.1.6'), 30, always)
    t.ok(assigned(world, ip('10.1.1.5')))
    t.equal(primaryOf(world), ip('10.1.1.6'))
  }
)

t.test('back within the grace: nothing was ever written', async (t) => {
  const world = new World()
  runOn(world, telling('10.1.1.5'))
  runOn(world, telling(), 1)
  const back = runOn(world, telling('10.1.1.5'), 3)
  t.same(back.changes, [])
  t.match(back.adoptions, [{ key: ip('10.1.1.5'), missing_since: null }])
  runOn(world, telling(), 9)
  t.same(runOn(world, telling(), 12).changes, [], 'the grace begins anew')
})

t.test('an address that was not read is not missing', async (t) => {
  const silent = beside(withConfig({ nics, agentEnabled: true }))
  const off = beside(withConfig({ nics }, { status: 'stopped' }))
  const gap: Gap = {
    ...{ cluster: 'caaaaaaaa', scope: 'guest', vmid: 100, facet: 'agent', reason: 'timeout' },
    detail: ''
  }
  const seen = [silent, off, { ...telling(), gaps: [gap] }]
  for (const one of seen) {
    const world = new World()
    runOn(world, telling('10.1.1.5'))
    const [address] = [ip('10.1.1.5')]
    runOn(world, one, 1, { syncTypes: ['ip-addresses'] })
    t.equal(world.ledger.get(address)?.first_missing_at, null)
    runOn(world, telling(), 2)
    const { changes } = planFor(world, one, { now: day(30) })
    t.same(
      changes.filter(({ kind, after }) => kind === 'ip-address' || 'primary_ip4' in after),
      []
    )
  }
  const world = new World()
  for (const days of [0, 1])
    runOn(world, telling('10.1.1.5', 'fe80::1'), days, { ignoreIpv6LinkLocal: false })
  t.ok(world.ledger.has(ip('fe80::1')))
  const left = runOn(world, telling('10.1.1.5', 'fe80::1'), 2, { ignoreIpv6LinkLocal: true })
  t.same(left.adoptions, [], 'a narrower setting releases and takes nothing away')
})

t.test('what a person built upon an address or interface stays', async (t) => {
  const bare = beside(withConfig({ nics: [], agentEnabled: true }, { interfaces: [] }))
  const built: Record<string, (world: World) => void> = {
    nat: (world) => world.edit(ip('10.1.1.5'), { nat_outside: [{ ref: 'netbox:ip-address/99' }] }),
    description: (world) => world.edit(ip('10.1.1.5'), { description: 'by hand' }),
    'dns name': (world) => world.edit(ip('10.1.1.5'), { dns_name: 'web.example.org' }),
    tenant: (world) => world.edit(ip('10.1.1.5'), { tenant: { ref: 'netbox:tenant/1' } }),
    status: (world) => world.edit(ip('10.1.1.5'), { status: 'reserved' }),
    'custom field': (world) => world.edit(ip('10.1.1.5'), { 'cf.ticket': 'x' }),
    tag: (world) => {
      const tag = world.add('tag', { slug: 'mine', name: 'mine' })
      world.edit(ip('10.1.1.5'), { tags: [{ ref: tag.key }] })
    },
    primary: (world) => {
      const row = world.ledger.get(key)
      if (row === undefined) throw new Error('no row')
      world.ledger.set(key, { ...row, last_written: { ...row.last_written, primary_ip4: null } })
    }
  }
  for (const [what, build] of Object.entries(built)) {
    const world = new World()
    runOn(world, telling('10.1.1.5'))
    build(world)
    runOn(world, bare, 1)
    const plan = runOn(world, bare, 30)
    t.same(plan.changes, [], what)
    t.same(
      plan.held.map(({ change }) => change.kind),
      ['ip-address', 'vm-interface'],
      what
    )
    t.ok(assigned(world, ip('10.1.1.5')))
  }
})

t.test('an interface waits as addresses do, and its disks and MACs do not', async (t) => {
  const world = new World()
  runOn(world, telling('10.1.1.5'))
  const bare = beside(withConfig({ nics: [], disks: [], agentEnabled: true }, { interfaces: [] }))
  const first = runOn(world, bare, 1)
  t.same(
    first.changes.map(({ action, kind }) => [action, kind]),
    [
      ['delete', 'mac-address'],
      ['delete', 'disk']
    ]
  )
  t.equal(world.ledger.get(`${key}/net0`)?.first_missing_at, day(1))
  t.same(runOn(world, bare, 7).changes, [])
  const last = runOn(world, bare, 9)
  t.same(
    last.steps.map(({ action, kind }) => [action, kind]),
    [
      ['update', 'vm'],
      ['update', 'ip-address'],
      ['delete', 'vm-interface']
    ]
  )
  t.notOk(world.ledger.has(`${key}/net0`))
  t.notOk(assigned(world, ip('10.1.1.5')), 'the address is there, and hangs on nothing')
  runOn(world, telling('10.1.1.5'), 10)
  t.ok(assigned(world, ip('10.1.1.5')))
})

t.test('an interface with what is not ours on it is not deleted', async (t) => {
  const bare = beside(withConfig({ nics: [], agentEnabled: true }, { interfaces: [] }))
  const on = (world: World) => ({
    ref: `netbox:vm-interface/${world.ledger.get(`${key}/net0`)?.netbox_id}`
  })
  const built: Record<string, (world: World) => void> = {
    address: (world) =>
      void world.add('ip-address', { address: '10.9.9.9/24', assigned_object: on(world) }),
    MAC: (world) =>
      void world.add('mac-address', {
        mac_address: 'BC:24:11:FF:FF:FF',
        assigned_object: on(world)
      }),
    name: (world) => world.edit(`${key}/net0`, { name: 'uplink' }),
    VRF: (world) => world.edit(`${key}/net0`, { vrf: { ref: 'netbox:vrf/1' } })
  }
  for (const [what, build] of Object.entries(built)) {
    const world = new World()
    runOn(world, telling())
    build(world)
    runOn(world, bare, 1)
    const { changes, held } = runOn(world, bare, 30)
    t.same(changes, [], what)
    t.match(held, [{ guard: 'owned-only', change: { key: `${key}/net0` } }], what)
  }
  const world = new World()
  runOn(world, telling())
  runOn(world, bare, 1)
  const few = { now: day(30), syncTypes: ['network-interfaces'] as const }
  t.same(planFor(world, bare, few).changes, [], 'without addresses nobody knows what hangs on it')
})

t.test('interfaces of nodes: with patience, never with a cable', async (t) => {
  const whole = estate([guest(100)])
  const [cluster] = whole.clusters
  if (cluster === undefined) throw new Error('no cluster')
  const without = (...names: string[]): Estate => ({
    ...whole,
    clusters: [
      {
        ...cluster,
        nodes: cluster.nodes.map((node) => ({
          ...node,
          interfaces: (node.interfaces ?? []).filter((one) => !names.includes(one.name))
        }))
      }
    ]
  })
  const eno1 = 'interface:ncaaaaaaaa/eno1'
  const free = new World()
  runOn(free, whole)
  runOn(free, without('eno1'), 1)
  t.equal(free.ledger.get(eno1)?.first_missing_at, day(1))
  t.same(
    runOn(free, without('eno1'), 30).changes.map(({ key, action }) => [key, action]),
    [[eno1, 'delete']]
  )
  const cabled = new World()
  runOn(cabled, whole)
  cabled.edit(eno1, { cable: { ref: 'netbox:cable/1' } })
  runOn(cabled, without('eno1'), 1)
  t.match(runOn(cabled, without('eno1'), 30).held, [{ reason: /cable/ }])
  const bridged = new World()
  runOn(bridged, whole)
  const device = { ref: `netbox:device/${bridged.ledger.get('device:ncaaaaaaaa')?.netbox_id}` }
  const port = { ref: `netbox:interface/${bridged.ledger.get(eno1)?.netbox_id}` }
  bridged.add('interface', { name: 'hand', device, lag: port }, 'hand')
  runOn(bridged, without('eno1'), 1)
  t.match(runOn(bridged, without('eno1'), 30).held, [{ reason: /hand is built upon it/ }])
  const gap: Gap = {
    ...{ cluster: 'caaaaaaaa', scope: 'nodes', facet: 'network', reason: 'partial' },
    detail: ''
  }
  const hidden = new World()
  runOn(hidden, whole)
  const blind = { ...without('eno1'), gaps: [gap] }
  t.same([runOn(hidden, blind, 1).adoptions, runOn(hidden, blind, 30).changes], [[], []])
  const empty = without('eno1', 'vmbr0')
  t.same(runOn(hidden, empty, 31).adoptions, [], 'no node is without any interface')
  const renamed: Estate = {
    ...whole,
    clusters: [
      {
        ...cluster,
        nodes: cluster.nodes.map((node) => ({
          ...node,
          interfaces: (node.interfaces ?? []).map((one) =>
            one.name === 'eno1' ? { ...one, name: 'enp1s0', altNames: ['eno1'] } : one
          )
        }))
      }
    ]
  }
  const known = new World()
  runOn(known, whole)
  runOn(known, renamed, 1)
  t.equal(known.ledger.get(eno1)?.first_missing_at, null, 'the old name is another one of it')
})

t.test('law patience: nothing that a person may have built upon goes in one Run', async () => {
  const part = fc.record({
    there: fc.boolean(),
    nic: fc.boolean(),
    disk: fc.boolean(),
    agent: fc.constantFrom('silent', 'empty', 'same', 'other'),
    status: fc.constantFrom('running', 'stopped')
  })
  type Part = typeof part extends fc.Arbitrary<infer T> ? T : never
  const seenAt = fc.array(part, { minLength: 4, maxLength: 4 })
  const estateOf = (parts: readonly Part[]): Estate => {
    const guests = parts.flatMap(({ there, nic, disk, agent, status }, index): Guest[] => {
      const { config, ...row } = guest(100 + index)
      if (!there || config === undefined) return []
      const hosts = { silent: [], empty: [], same: [`10.1.${index}.5`], other: [`10.1.${index}.6`] }
      const [first] = config.nics
      const mac = first?.mac === undefined ? {} : { mac: first.mac }
      const addresses = hosts[agent].map((address) => ({
        ...{ address, prefixLength: 24, family: 4 as const }
      }))
      const interfaces =
        agent === 'silent' ? {} : { interfaces: [{ name: 'eth0', ...mac, addresses }] }
      const nics = config.nics.filter(() => nic).map((one) => ({ ...one, addresses: [] }))
      const disks = config.disks.filter(() => disk)
      return [{ ...row, ...interfaces, status, config: { ...config, nics, disks } } as Guest]
    })
    return estate(guests)
  }
  const precious = new Set(['vm', 'device', 'vm-interface', 'interface', 'ip-address'])
  const runs = fc.array(fc.tuple(seenAt, fc.integer({ min: 0, max: 9 })), {
    minLength: 2,
    maxLength: 4
  })
  const unlinks = ({ action, after }: Change): boolean =>
    action === 'delete' || after.assigned_object === null || after.primary_ip4 === null
  /** Deletes and unlinkings of what no earlier Run has missed. */
  const hasty = (world: World, { changes }: Plan, now: string): readonly Change[] =>
    changes
      .filter((one) => unlinks(one) && precious.has(one.kind) && one.goes_with === undefined)
      .filter(
        ({ key }) =>
          ![...world.ledger.values()].some(
            ({ key: of, first_missing_at: since }) =>
              of.includes(key) && since !== null && since < now
          )
      )
  await fc.assert(
    fc.property(runs, fc.boolean(), (steps, deletes) => {
      const world = new World()
      const policy = endpoint({ missingPolicy: deletes ? 'delete' : 'keep' })
      const settings = { ...world.options().settings, address_grace_days: 0, retire_after_days: 0 }
      let now = 0
      for (const [parts, days] of steps) {
        now += days
        const options = { ...policy, settings, now: day(now), budget: false }
        const plan = planFor(world, estateOf(parts), options)
        const early = hasty(world, plan, day(now))
        if (early.length > 0) throw new Error(JSON.stringify(early))
        world.apply(plan)
        const again = planFor(world, estateOf(parts), options)
        const left = [...again.changes, ...again.adoptions]
        if (left.length > 0) throw new Error(`left to do: ${JSON.stringify(left)}`)
      }
    }),
    { numRuns: 500 }
  )
})
