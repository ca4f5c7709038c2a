import { defaultSettings, type Guest } from '@proxbox/contracts'
import fc from 'fast-check'
import t from 'tap'
import './config.ts'
import { changeOf, day, endpoint, planFor, runOn } from './planned.ts'
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
  t.same(deletes(1, 1), [0, 1])
  t.same(deletes(2, 1), [1, 0])
  t.same(deletes(3, 1), [1, 0])
  t.same(deletes(3, 2), [0, 2], '2 of 3 are more than half')
  t.same(deletes(5, 3), [0, 3])
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
      if (deleted > Math.max(least, ways.length / 10) || deleted > ways.length / 2)
        throw new Error(`${deleted} of ${ways.length} deleted`)
      if (moved > Math.max(some, ways.length / 4)) throw new Error(`${moved} moved`)
    }),
    { numRuns: 200 }
  )
})

const only = (total: number, from: number) =>
  estate(Array.from({ length: total - from }, (_, index) => guest(100 + from + index)))

t.test('marking as stale is a retirement: 10 %, at least 3, never more than half', async (t) => {
  const marked = (total: number, gone: number) => {
    const world = new World()
    world.apply(planFor(world, guests(total)))
    const { changes, held } = planFor(world, only(total, gone), { now: day(1) })
    t.same(new Set(held.map(({ guard }) => guard)), new Set(held.length > 0 ? ['budget'] : []))
    t.notOk(held.length > 0 && changes.some(({ kind }) => kind === 'tag'), 'no tag without need')
    const vms = held.filter(({ change }) => change.kind === 'vm')
    return [changes.filter(({ kind }) => kind === 'vm').length, vms.length]
  }
  t.same(marked(3, 2), [0, 2])
  t.same(marked(4, 2), [2, 0])
  t.same(marked(4, 3), [0, 3])
  t.same(marked(40, 4), [4, 0])
  t.same(marked(40, 5), [0, 5])
})

t.test('of one there is no half: it goes by the word of a person', async (t) => {
  const world = new World()
  world.apply(planFor(world, guests(1)))
  const { changes, held } = planFor(world, guests(1, without(1)))
  t.same(changes, [])
  t.match(held, [{ guard: 'budget', reason: /1 of 1 .* 0 may be/, change: { action: 'delete' } }])
  const approved = planFor(world, guests(1, without(1)), { budget: false })
  t.same(approved.held, [])
  t.match(approved.changes, [{ kind: 'disk', action: 'delete' }])
})

t.test('a deleted guest counts once, whatever it had', async (t) => {
  const world = new World()
  const deleting = endpoint({ missingPolicy: 'delete' })
  runOn(world, guests(20))
  runOn(world, only(20, 3), 1)
  const plan = runOn(world, only(20, 3), 30, deleting)
  t.same(plan.held, [])
  t.equal(plan.changes.filter(({ goes_with }) => goes_with === undefined).length, 3)
  t.equal(plan.changes.length, 15)
  const approved = new World()
  runOn(approved, guests(20))
  const asked = planFor(approved, only(20, 10), { now: day(1) })
  t.same(asked.changes, [], 'the tag on what is missing waits with what would get it')
  t.equal(asked.held.length, 11)
  t.match(
    asked.held.find(({ change }) => change.key === 'tag:proxbox-stale'),
    { guard: 'budget', reason: /10 of 20/, change: { action: 'create' } }
  )
  runOn(approved, only(20, 10), 1, { budget: false })
  const held = runOn(approved, only(20, 10), 30, deleting)
  t.equal(held.held.length, 10)
  t.same(held.changes, [], 'no part goes without its guest')
})

t.test('addresses that leave count; their primary fields wait with them', async (t) => {
  const world = new World()
  const few = new World()
  const bareOf = (count: number) =>
    guests(count, (one) => {
      const { config } = one
      const nics = config?.nics.map((nic) => ({ ...nic, addresses: [] })) ?? []
      return { ...one, interfaces: [], config: { ...config, nics } } as Guest
    })
  const bare = bareOf(20)
  runOn(few, guests(8))
  runOn(few, bareOf(8), 1)
  const waiting = runOn(few, bareOf(8), 9)
  t.same(waiting.changes, [], 'eight primary addresses are no many, and stay with theirs')
  t.equal(waiting.held.length, 8)
  runOn(world, guests(20))
  runOn(world, bare, 1)
  const { changes, held } = runOn(world, bare, 9)
  t.same(changes, [])
  t.equal(held.filter(({ change }) => change.kind === 'ip-address').length, 20)
  const approved = runOn(world, bare, 10, { budget: false })
  t.equal(approved.changes.filter(({ kind }) => kind === 'ip-address').length, 20)
})

t.test('who comes back is no move; a stop of many is one', async (t) => {
  const world = new World()
  runOn(world, guests(40))
  runOn(world, only(40, 20), 1, { budget: false })
  t.same(runOn(world, guests(40), 2).held, [], 'our own marks taken back')
  const off = (one: Guest): Guest => ({ ...one, status: 'stopped' })
  t.equal(planFor(world, guests(40, off)).held.length, 40)
  const adopted = new World()
  const cluster = adopted.add('cluster', { name: 'lab', scope: { ref: 'netbox:site/1' } })
  for (let vmid = 100; vmid < 140; vmid += 1)
    adopted.add('vm', { name: `vm${vmid}`, status: 'active', cluster: { ref: cluster.key } })
  t.same(planFor(adopted, guests(40, off)).held, [], 'first contact is free')
})

t.test("a cluster's scope changes by a person's word only, who is told what moves", async (t) => {
  const world = new World()
  runOn(world, guests(12))
  const other = world.add('site', { name: 'Two', slug: 'two' })
  const { connections } = world.options()
  const moved = Object.fromEntries(
    Object.entries(connections).map(([id, one]) => [id, { ...one, site: 'two' }])
  )
  const plan = planFor(world, guests(12), { connections: moved })
  const held = plan.held.filter(({ guard }) => guard === 'scope-change')
  t.match(held, [
    {
      change: { kind: 'cluster', after: { scope: { ref: other.key } } },
      reason: /would move 12 VMs .*vm:caaaaaaaa\/qemu\/100, .* and 2 more\./
    }
  ])
  const approved = planFor(world, guests(12), { connections: moved, budget: false })
  t.same(approved.held, [])
  t.same(changeOf(approved, 'cluster:caaaaaaaa')?.after, { scope: { ref: other.key } })
  const blank = new World()
  const empty = blank.add('cluster', { name: 'lab', scope: null })
  const named = { ...connections.caaaaaaaa, netboxCluster: 'lab' } as never
  const filled = () => planFor(blank, guests(1), { connections: { caaaaaaaa: named } })
  t.ok('scope' in (changeOf(filled(), 'cluster:caaaaaaaa')?.after ?? {}), 'nothing moves')
  const site = { ref: blank.add('site', { name: 'Far', slug: 'far' }).key }
  blank.add('vm', { name: 'hand', cluster: { ref: empty.key }, site }, 'hand')
  const home = { caaaaaaaa: { ...connections.caaaaaaaa, netboxCluster: 'lab', site: 'home' } }
  t.match(planFor(blank, guests(1), { connections: home as never }).held, [
    { guard: 'scope-change', reason: /1 VMs .*hand/ }
  ])
})
