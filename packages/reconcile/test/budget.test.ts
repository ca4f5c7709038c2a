import { defaultSettings, type Guest } from '@proxbox/contracts'
import fc from 'fast-check'
import t from 'tap'
import { planFor } from './planned.ts'
import { estate, guest, World } from './world.ts'

const budget = { budget: true }
const guests = (count: number, change: (one: Guest, index: number) => Guest = (one) => one) =>
  estate(Array.from({ length: count }, (_, index) => change(guest(100 + index), index)))
const without = (count: number) => (one: Guest, index: number) =>
  one.config === undefined || index >= count
    ? one
    : { ...one, config: { ...one.config, disks: [] } }
const renamed = (count: number) => (one: Guest, index: number) =>
  one.config === undefined || index >= count
    ? one
    : { ...one, name: `x${index}`, config: { ...one.config, name: `x${index}`, memoryMiB: 4096 } }

t.test('deletes: 10 %, at least 3, never more than half; over it none', async (t) => {
  const deletes = (total: number, gone: number) => {
    const world = new World()
    world.apply(planFor(world, guests(total)))
    const { changes, held } = planFor(world, guests(total, without(gone)), budget)
    t.same(new Set(held.map(({ guard }) => guard)), new Set(held.length > 0 ? ['budget'] : []))
    return [changes.length, held.length]
  }
  t.same(deletes(4, 2), [2, 0])
  t.same(deletes(4, 3), [0, 3])
  t.same(deletes(20, 3), [3, 0])
  t.same(deletes(20, 4), [0, 4])
  t.same(deletes(50, 5), [5, 0])
  t.same(deletes(50, 6), [0, 6])
})

t.test('names and places: 25 %, at least 10; the rest of each Change goes on', async (t) => {
  const world = new World()
  world.apply(planFor(world, guests(60)))
  const few = planFor(world, guests(60, renamed(15)), budget)
  t.same([few.changes.length, few.held.length], [15, 0])
  const many = planFor(world, guests(60, renamed(16)), budget)
  t.equal(many.held.length, 16)
  t.match(many.held[0], { guard: 'budget', reason: /16 of 60 .* 15 may be/ })
  t.same(many.held[0]?.change.after, { name: 'x0' })
  t.same(
    many.changes.map(({ after }) => after),
    Array(16).fill({ memory: 4096 })
  )
  const approved = planFor(world, guests(60, renamed(16)), { budget: false })
  t.same([approved.changes.length, approved.held.length], [16, 0], 'a person approved')
})

t.test('first contact has no budget; each cluster has its own', async (t) => {
  const world = new World()
  t.same(planFor(world, guests(40), budget).held, [])
  world.apply(planFor(world, guests(40)))
  const [a] = guests(40, without(5)).clusters
  const [b] = estate(
    Array.from({ length: 40 }, (_, index) => guest(100 + index)),
    'cbbbbbbbb'
  ).clusters
  if (a === undefined || b === undefined) throw new Error('no cluster')
  const plan = planFor(world, { clusters: [a, b], gaps: [] }, budget)
  t.equal(plan.held.filter(({ guard }) => guard === 'budget').length, 5)
  t.ok(plan.changes.some(({ key }) => key.startsWith('vm:cbbbbbbbb')))
})

t.test('bounded harm: whatever changes, a Run keeps within its budget', async () => {
  const way = fc.constantFrom('disk', 'name', 'status', 'nothing')
  await fc.assert(
    fc.asyncProperty(fc.array(way, { minLength: 1, maxLength: 40 }), async (ways) => {
      const world = new World()
      world.apply(planFor(world, guests(ways.length)))
      const seen = guests(ways.length, (one, index) => {
        if (ways[index] === 'disk') return without(99)(one, 0)
        if (ways[index] === 'name') return renamed(99)(one, index)
        return ways[index] === 'status' ? { ...one, status: 'stopped' } : one
      })
      const { changes } = planFor(world, seen, budget)
      const deleted = changes.filter(({ action }) => action === 'delete').length
      const moved = changes.filter(({ after }) => 'name' in after || 'status' in after).length
      const { delete_budget_minimum: least, change_budget_minimum: some } = defaultSettings
      if (deleted > Math.max(least, ways.length / 10) || deleted > Math.ceil(ways.length / 2))
        throw new Error(`${deleted} of ${ways.length} deleted`)
      if (moved > Math.max(some, ways.length / 4)) throw new Error(`${moved} moved`)
    }),
    { numRuns: 200 }
  )
})
