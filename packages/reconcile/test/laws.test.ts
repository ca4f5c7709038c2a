import type { Guest } from '@proxbox/contracts'
import fc from 'fast-check'
import t from 'tap'
import './config.ts'
import { desiredItems, planChanges } from '../src/index.ts'
import { estate, guest, World } from './world.ts'

const guests: fc.Arbitrary<Guest[]> = fc
  .uniqueArray(fc.integer({ min: 100, max: 140 }), { maxLength: 6 })
  .chain((vmids) =>
    fc.tuple(
      ...vmids.map((vmid) =>
        fc
          .record({
            name: fc.constantFrom('a', 'A', 'web', 'x'.repeat(70)),
            memory: fc.integer({ min: 1, max: 9999 }),
            tags: fc.subarray(['web', 'db', 'We.b', 'we-b']),
            status: fc.constantFrom('running', 'stopped', 'paused', 'unknown'),
            address: fc.constantFrom(
              '10.1.1.5/24',
              '10.1.1.6/24',
              '10.1.1.0/24',
              'fe80::1/64',
              '2001:db8::5/64'
            ),
            read: fc.integer({ min: 0, max: 9 })
          })
          .map((made): Guest => {
            const { config, ...row } = guest(vmid)
            const { name, status } = made
            if (config === undefined || made.read === 0)
              return { ...row, name, status: status as 'running' }
            const nics = config.nics.map((nic) => ({ ...nic, addresses: [made.address] }))
            const mine = { ...config, name, memoryMiB: made.memory, tags: made.tags, nics }
            // fast-check gives one of the constants above
            return { ...row, name, status: status as 'running', config: mine }
          })
      )
    )
  )

const plan = (world: World, seen: Guest[]) =>
  planChanges({ estate: estate(seen), options: world.options(), ...world.facts() })
// 200 cases find what 500 did: a World is small, and tests/laws shakes the same laws in whole estates with faults. 500
// came near the limit of 60 s where several files share two cores.
const cases = { numRuns: 200 }
const law = (name: string, property: (before: Guest[], after: Guest[]) => void) =>
  t.test(name, async () => fc.assert(fc.property(guests, guests, property), cases))

law('an applied Plan leaves nothing to do', (before, after) => {
  for (const version of ['4.5.9', '4.7.3']) {
    const world = new World(version)
    for (const seen of [before, after]) {
      world.apply(plan(world, seen))
      const again = plan(world, seen)
      if (again.changes.length + again.adoptions.length > 0) {
        throw new Error(JSON.stringify([again.changes, again.adoptions]))
      }
    }
  }
})

law('what a person wrote into merge fields stays', (before, after) => {
  const world = new World()
  world.apply(plan(world, before))
  const mine = [...world.ledger.values()].filter((row) => row.kind === 'vm')
  for (const { key } of mine) world.edit(key, { name: `hand ${key}`, comments: 'by hand' })
  world.apply(plan(world, after))
  for (const { key } of mine) {
    const { name, comments } = world.stored(key)
    if (name !== `hand ${key}` || comments !== 'by hand') throw new Error(`${key}: ${name}`)
  }
})

law('what was not read is neither deleted nor blanked', (before) => {
  const world = new World()
  world.apply(plan(world, before))
  const unread = before.map(({ config: _, ...row }): Guest => ({ ...row, status: 'unknown' }))
  for (const seen of [unread, unread.slice(1), []]) {
    const { changes } = plan(world, seen)
    const harm = changes.filter(
      ({ action, after }) =>
        action === 'delete' || Object.values(after).some((one) => one === null || one === '')
    )
    if (harm.length > 0) throw new Error(JSON.stringify(harm))
  }
})

law('keys are unique and the order of the Estate does not matter', (before) => {
  const world = new World()
  const { items } = desiredItems(estate(before), world.options())
  if (new Set(items.map(({ key }) => key)).size !== items.length) throw new Error('a key twice')
  const [one, two] = [plan(world, before), plan(world, before.toReversed())]
  if (JSON.stringify(one) !== JSON.stringify(two)) throw new Error('another Plan')
})
