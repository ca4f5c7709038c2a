import t from 'tap'
import { changeOf, handKept, key, planDecided, planFor, withConfig } from './planned.ts'
import { estate, World } from './world.ts'

const noted = (description: string) => estate([withConfig({ description })])
const place = { key, field: 'comments', code: 'both-changed' } as const

function edited(comments: string): World {
  const world = new World()
  world.apply(planFor(world, noted('old')))
  world.edit(key, { comments })
  return world
}

t.test("what both sides changed stays NetBox's, and is a conflict with both sides", async (t) => {
  const world = edited('by hand')
  const plan = planFor(world, noted('new'))
  t.same(plan.changes, [])
  t.match(plan.conflicts, [
    {
      ...place,
      label: key,
      netbox_id: world.ledger.get(key)?.netbox_id,
      proxmox: 'new',
      netbox: 'by hand',
      decisions: [{ decision: 'proxmox' }, { decision: 'netbox' }]
    }
  ])
  t.match(plan.notices, [{ key, code: 'CONFLICT_OPEN', detail: plan.conflicts[0]?.detail }])
  world.apply(plan)
  const again = planFor(world, noted('new'))
  t.same(again.conflicts, plan.conflicts, 'the same until it is decided')
  t.same(again.adoptions, [])
})

t.test('decided for Proxmox: written once, and then the field is as any other', async (t) => {
  const world = edited('by hand')
  const decide = (text: string) => planDecided(world, noted(text), [[place, 'proxmox']])
  const plan = decide('new')
  t.match(changeOf(plan, key), {
    before: { comments: 'by hand' },
    after: { comments: 'new' },
    why: { comments: { policy: 'merge', rule: 'decision 1' } }
  })
  t.same([plan.conflicts, plan.notices], [[], []])
  world.apply(plan)
  world.edit(key, { comments: 'again by hand' })
  t.same(decide('new').changes, [], 'one side alone is no conflict')
  t.equal(changeOf(decide('newer'), key)?.after.comments, 'newer', 'the same conflict, answered')
})

t.test('decided for NetBox: its value stays, and the Ledger knows by whose word', async (t) => {
  const world = edited('by hand')
  const plan = planDecided(world, noted('new'), [[place, 'netbox']])
  t.same([plan.changes, plan.conflicts, plan.notices], [[], [], []])
  t.match(plan.adoptions[0]?.kept?.comments, { rule: 'decision 1', wanted: 'new' })
})

t.test('a decision answers its own field and object only', async (t) => {
  const plan = planDecided(edited('by hand'), noted('new'), [
    [{ ...place, key: 'vm:caaaaaaaa/qemu/101' }, 'proxmox'],
    [{ ...place, field: 'name' }, 'proxmox'],
    [{ ...place, code: 'drift-in-a-row' }, 'proxmox']
  ])
  t.same(plan.changes, [])
  t.equal(plan.conflicts.length, 1)
})

t.test('one side alone is no conflict', async (t) => {
  t.same(planFor(edited('by hand'), noted('old')).conflicts, [])
  t.same(planFor(edited('old'), noted('new')).conflicts, [])
  t.same(planFor(edited('new'), noted('new')).conflicts, [], 'both the same')
})

t.test('what was empty when we made it has changed on both sides as well', async (t) => {
  const world = new World()
  world.apply(planFor(world, noted('')))
  world.edit(key, { comments: 'by hand' })
  t.same(planFor(world, noted('')).conflicts, [], 'one side alone is none')
  world.apply(planFor(world, noted('')))
  for (let run = 0; run < 2; run += 1) {
    const plan = planFor(world, noted('new'))
    t.match(plan.conflicts, [{ ...place, proxmox: 'new', netbox: 'by hand' }])
    t.same(plan.changes, [])
    world.apply(plan)
  }
  world.edit(key, { comments: '' })
  t.match(changeOf(planFor(world, noted('new')), key)?.after, { comments: 'new' })
})

t.test('what was there before us has no such past', async (t) => {
  const world = handKept({ comments: '' })
  world.apply(planFor(world, noted('')))
  world.edit(key, { comments: 'by hand' })
  const plan = planFor(world, noted('new'))
  t.same([plan.conflicts, changeOf(plan, key)?.after.comments], [[], undefined])
})
