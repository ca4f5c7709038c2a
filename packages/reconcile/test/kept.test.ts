import t from 'tap'
import { changeOf, endpoint, handKept, key, planFor, withConfig } from './planned.ts'
import { estate, guest, World } from './world.ts'

const seen = estate([guest(100)])
const keptOf = (world: World, from = seen) =>
  planFor(world, from).adoptions.find((one) => one.key === key)?.kept

t.test('what stays is told with policy, reason, source and what Proxmox asks for', async (t) => {
  const world = new World()
  world.apply(planFor(world, seen))
  world.edit(key, { name: 'by hand' })
  t.same(keptOf(world), {
    name: { policy: 'merge', reason: 'changed in NetBox', source: 'config.name', wanted: 'vm100' }
  })
})

t.test('it is told once, and once more when it is over', async (t) => {
  const world = new World()
  world.apply(planFor(world, seen))
  world.edit(key, { name: 'by hand' })
  world.apply(planFor(world, seen))
  t.same(planFor(world, seen).adoptions, [])
  world.edit(key, { name: 'vm100' })
  t.same(keptOf(world), {})
  world.apply(planFor(world, seen))
  t.same(planFor(world, seen).adoptions, [])
})

t.test('it is told again when Proxmox asks for something else', async (t) => {
  const world = new World()
  const renamed = estate([withConfig({ description: 'b' })])
  world.apply(planFor(world, estate([withConfig({ description: 'a' })])))
  world.edit(key, { comments: 'by hand' })
  world.apply(planFor(world, estate([withConfig({ description: 'a' })])))
  t.match(keptOf(world, renamed)?.comments, { reason: /Proxmox and in NetBox/, wanted: 'b' })
})

t.test('what was not read is not told as over', async (t) => {
  const world = new World()
  const noted = estate([withConfig({ description: 'a' })])
  world.apply(planFor(world, noted))
  world.edit(key, { comments: 'by hand' })
  world.apply(planFor(world, noted))
  const { config: _, ...unread } = guest(100)
  t.same(planFor(world, estate([unread])).adoptions, [])
})

t.test('the Ledger may give its words in another order', async (t) => {
  const world = new World()
  world.apply(planFor(world, seen))
  world.edit(key, { name: 'by hand' })
  world.apply(planFor(world, seen))
  const row = world.ledger.get(key)
  const stored = row?.kept?.name
  if (row === undefined || stored === undefined) throw new Error('nothing kept')
  const { wanted, source, reason, policy } = stored
  const name = { wanted, reason, policy, ...(source === undefined ? {} : { source }) }
  world.ledger.set(key, { ...row, kept: { name } })
  t.same(planFor(world, seen).adoptions, [])
})

t.test('first contact tells every field that stays', async (t) => {
  const world = handKept({ comments: 'mine', serial: 'S1', status: 'planned', memory: 1 })
  const told = estate([withConfig({ description: 'a', smbiosSerial: 'S2' })])
  const plan = planFor(world, told)
  const kept = plan.adoptions.find((one) => one.key === key)?.kept ?? {}
  t.same(Object.keys(kept).sort(), ['comments', 'serial', 'status'])
  t.equal(kept.status?.reason, 'a status that a person has set')
  t.notOk('comments' in (changeOf(plan, key)?.after ?? {}))
})

t.test('tags that a person took away stay away, whatever else changes', async (t) => {
  const tagged = (...tags: string[]) => estate([withConfig({ tags })])
  const world = new World()
  world.apply(planFor(world, tagged('web', 'db')))
  const without = [world.stored(key).tags ?? []]
    .flat()
    .filter((one) => JSON.stringify(one) !== JSON.stringify(placeOf(world, 'tag:web')))
  world.edit(key, { tags: without })
  t.match(keptOf(world, tagged('web', 'db'))?.tags, {
    reason: 'taken away in NetBox',
    wanted: [{ ref: 'tag:web' }]
  })
  world.apply(planFor(world, tagged('web', 'db')))
  for (const tags of [['web', 'db', 'x'], ['web'], ['web', 'y']]) {
    world.apply(planFor(world, tagged(...tags)))
    t.notMatch(JSON.stringify(world.stored(key).tags), placeOf(world, 'tag:web').ref)
    t.same(planFor(world, tagged(...tags)).changes, [])
    t.same(planFor(world, tagged(...tags)).adoptions, [])
  }
  world.apply(planFor(world, tagged('y')))
  world.apply(planFor(world, tagged('y', 'web')))
  t.match(JSON.stringify(world.stored(key).tags), placeOf(world, 'tag:web').ref, 'asked for anew')
})

const placeOf = (world: World, of: string) => {
  const row = world.ledger.get(of)
  if (row === undefined) throw new Error(`no ${of}`)
  return { ref: `netbox:${row.kind}/${row.netbox_id}` }
}

t.test("a person's tag stays a person's, though Proxmox had it too for a while", async (t) => {
  const tagged = (...tags: string[]) => estate([withConfig({ tags })])
  const world = handKept()
  const web = world.add('tag', { slug: 'web', name: 'web' })
  const vm = [...world.objects.values()].find(({ kind }) => kind === 'vm')
  world.edit(vm?.key ?? '', { tags: [{ ref: web.key }] })
  for (const tags of [['web'], ['web', 'x'], ['x'], []])
    world.apply(planFor(world, tagged(...tags)))
  t.match(JSON.stringify(world.stored(key).tags), web.key)
  t.notMatch(JSON.stringify(world.stored(key).tags), placeOf(world, 'tag:x').ref, 'ours went')
})

t.test('tags with policy fill are filled once, and never put back or taken away', async (t) => {
  const fill = endpoint({ policies: { 'vm.tags': 'fill' } })
  const tagged = (...tags: string[]) => estate([withConfig({ tags })])
  const hand = (world: World) => ({ ref: world.add('tag', { slug: 'hand', name: 'hand' }).key })
  const filled = new World()
  filled.apply(planFor(filled, tagged('web'), fill))
  const put = [filled.stored(key).tags ?? []].flat()
  t.equal(put.length, 3, 'ours and that of Proxmox')
  filled.apply(planFor(filled, tagged('web', 'db'), fill))
  t.same(filled.stored(key).tags, put, 'none is added later')
  t.match(filled.ledger.get(key)?.kept?.tags, { wanted: [{ ref: 'tag:db' }] })
  filled.apply(planFor(filled, tagged(), fill))
  t.same(filled.stored(key).tags, put, 'none is taken away')
  filled.edit(key, { tags: [] })
  filled.apply(planFor(filled, tagged('web'), fill))
  t.same(filled.stored(key).tags, [], 'what a person took away stays away')
  const world = handKept()
  const mine = [hand(world)]
  const vm = [...world.objects.values()].find(({ kind }) => kind === 'vm')
  world.edit(vm?.key ?? '', { tags: mine })
  world.apply(planFor(world, tagged('web'), fill))
  t.same(world.stored(key).tags, mine, 'NetBox had some before we came')
  const again = planFor(world, tagged('web'), fill)
  t.same([again.changes, again.adoptions], [[], []])
})
