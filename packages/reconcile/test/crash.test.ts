import type { Change, Intent, Plan } from '@proxbox/contracts'
import t from 'tap'
import { planChanges } from '../src/index.ts'
import { beside, key, withConfig } from './planned.ts'
import { estate, guest, World } from './world.ts'

const intentOf = ({ key, kind, action, netbox_id, before, after }: Change): Intent => ({
  key,
  kind,
  action,
  netbox_id,
  before,
  values: after
})
const planWith = (world: World, seen: ReturnType<typeof estate>, intents: readonly Intent[]) =>
  planChanges({ estate: seen, options: world.options(), ...world.facts(), intents })
const seen = estate([guest(100)])

t.test('every kind of object that was made and not recorded is ours, once', async (t) => {
  for (const version of ['4.5.9', '4.7.3']) {
    const world = new World(version)
    const plan = planWith(world, seen, [])
    world.apply(plan)
    world.ledger.clear()
    const again = planWith(world, seen, plan.changes.map(intentOf))
    t.same(again.changes, [], version)
    t.same(new Set(again.adoptions.map(({ origin }) => origin)), new Set(['created']))
    t.equal(again.adoptions.length, plan.changes.length)
    world.apply(again)
    t.same(planWith(world, seen, []).adoptions, [])
  }
})

t.test('without intents the same objects are adopted', async (t) => {
  const world = new World()
  world.apply(planWith(world, seen, []))
  world.ledger.clear()
  const again = planWith(world, seen, [])
  t.same(again.changes, [])
  t.same(new Set(again.adoptions.map(({ origin }) => origin)), new Set(['adopted']))
})

t.test('an announced write that never happened is planned again', async (t) => {
  const world = new World()
  const plan = planWith(world, seen, [])
  const again = planWith(world, seen, plan.changes.map(intentOf))
  t.same(again, plan)
})

t.test('an unassigned MAC that was announced is assigned, any other is not ours', async (t) => {
  const world = new World('4.5.9')
  const loose = world.add('mac-address', {
    mac_address: 'BC:24:11:00:00:64',
    assigned_object: null
  })
  const plan = planWith(world, seen, [])
  const own = plan.changes.find((change) => change.key === `mac:${key}/net0/BC:24:11:00:00:64`)
  if (own === undefined) throw new Error('no MAC')
  t.equal(own.action, 'create')
  const again = planWith(world, seen, [
    { ...intentOf(own), values: { mac_address: 'BC:24:11:00:00:64' } }
  ])
  t.match(
    again.changes.find((change) => change.key === own.key),
    {
      action: 'update',
      netbox_id: loose.netbox_id,
      origin: 'created',
      after: { assigned_object: { ref: `${key}/net0` } }
    }
  )
})

/** A world where guest 100 was changed, and the update was written and not recorded. */
function written(after: ReturnType<typeof estate>): {
  world: World
  plan: Plan
  intents: Intent[]
} {
  const world = new World()
  world.apply(planWith(world, seen, []))
  const plan = planWith(world, after, [])
  const before = new Map(world.ledger)
  world.apply(plan)
  const created = plan.changes.filter(({ action }) => action === 'create').map((one) => one.key)
  const rows = new Map([...world.ledger].filter(([of]) => created.includes(of)))
  world.ledger.clear()
  for (const [of, row] of [...before, ...rows]) world.ledger.set(of, row)
  return { world, plan, intents: plan.changes.map(intentOf) }
}

t.test("an update that was written and not recorded is no person's edit", async (t) => {
  const after = estate([
    withConfig({ name: 'new', description: 'new', tags: ['web', 'db'] }, { name: 'new' })
  ])
  const { world, intents } = written(after)
  const again = planWith(world, after, intents)
  t.same(again.changes, [])
  t.match(again.adoptions.find((one) => one.key === key)?.values, { name: 'new', comments: 'new' })
  const later = estate([
    withConfig({ name: 'newer', description: 'newer', tags: ['web'] }, { name: 'newer' })
  ])
  const { changes } = planWith(world, later, intents)
  t.match(changes.find((one) => one.key === key)?.after, { name: 'newer', comments: 'newer' })
  const tags = changes.find((one) => one.key === key)?.after.tags
  t.notMatch(JSON.stringify(tags), 'tag:db', 'an announced element of a set is ours')
  t.match(planWith(world, later, []).changes.find((one) => one.key === key)?.after.name, undefined)
})

t.test('what a person changed after the announcement stays', async (t) => {
  const after = estate([withConfig({ description: 'new' })])
  const { world, intents } = written(after)
  world.edit(key, { comments: 'by hand' })
  const later = estate([withConfig({ description: 'newer' })])
  const change = planWith(world, later, intents).changes.find((one) => one.key === key)
  t.equal(change?.after.comments, undefined)
})

t.test('a delete that was sent is not sent again; one that was not, is', async (t) => {
  const bare = beside(withConfig({ disks: [] }))
  const world = new World()
  world.apply(planWith(world, beside(guest(100)), []))
  const plan = planWith(world, bare, [])
  t.same(
    plan.changes.map(({ action }) => action),
    ['delete']
  )
  t.same(planWith(world, bare, plan.changes.map(intentOf)).changes, plan.changes)
  const row = world.ledger.get(`${key}/scsi0`)
  world.objects.delete(`netbox:disk/${row?.netbox_id}`)
  t.same(planWith(world, bare, plan.changes.map(intentOf)).changes, [])
})
