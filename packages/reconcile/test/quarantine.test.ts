import type { Plan, Quarantined } from '@proxbox/contracts'
import { quarantineMinutes } from '@proxbox/contracts'
import t from 'tap'
import { planChanges } from '../src/index.ts'
import { beside, changeOf, day, key, withConfig } from './planned.ts'
import { estate, guest, World } from './world.ts'

const planWith = (
  world: World,
  seen: ReturnType<typeof estate>,
  quarantine: readonly Quarantined[],
  days = 0
): Plan =>
  planChanges({
    estate: seen,
    options: world.options({ now: day(days) }),
    ...world.facts(),
    quarantine
  })

/** What the inventory stores of a refused step: the values that it sent. */
const refused = (plan: Plan, of: string, fields?: readonly string[]): Quarantined => {
  const change = changeOf(plan, of)
  if (change === undefined) throw new Error(`no ${of}`)
  const { kind, action, after } = change
  const sent = plan.steps.flatMap(({ entries }) => entries).find((entry) => entry.key === of)
  const values = Object.fromEntries(
    Object.entries(after).filter(([field]) => (fields ?? sent?.fields ?? []).includes(field))
  )
  const detail = 'name: This name is taken.'
  return { key: of, kind, action, values, detail, failures: 2, retry_at: day(1) }
}

t.test('a refused create waits, with all that needs it, and nothing else does', async (t) => {
  const world = new World()
  const seen = estate([guest(100), guest(101)])
  const poisoned = refused(planWith(world, seen, []), key)
  const plan = planWith(world, seen, [poisoned])
  t.match(
    plan.held.find(({ change }) => change.key === key),
    {
      guard: 'quarantine',
      code: 'ITEM_QUARANTINED',
      reason: /refused exactly this 2 times: name: This name is taken\. .* before 2026-01-02T/
    }
  )
  t.same(
    new Set(plan.held.map(({ change, guard }) => `${guard} ${change.kind}`)),
    new Set([
      'quarantine vm',
      'references disk',
      'references ip-address',
      'references mac-address',
      'references vm-interface'
    ])
  )
  t.ok(changeOf(plan, 'vm:caaaaaaaa/qemu/101'))
  world.apply(plan)
  t.same(planWith(world, seen, [poisoned]).changes, [], 'the same is held again')
  const later = planWith(world, seen, [poisoned], 1)
  t.same(later.held, [], 'its pause is over')
  world.apply(later)
  t.same(planWith(world, seen, []).changes, [])
})

t.test('anything else of the same object goes through', async (t) => {
  const world = new World()
  const poisoned = refused(planWith(world, estate([guest(100)]), []), key)
  const renamed = estate([withConfig({ name: 'better' }, { name: 'better' })])
  t.equal(changeOf(planWith(world, renamed, [poisoned]), key)?.after.name, 'better')
})

t.test('an update: the refused step waits, the other one goes on', async (t) => {
  const world = new World()
  world.apply(planWith(world, estate([guest(100)]), []))
  world.edit(key, { primary_ip4: null })
  const seen = estate([withConfig({ memoryMiB: 4096 })])
  const always = { ...world.options().endpoint, primaryIpPolicy: 'always' as const }
  const plan = (quarantine: readonly Quarantined[]) =>
    planChanges({
      estate: seen,
      options: world.options({ endpoint: always }),
      ...world.facts(),
      quarantine
    })
  const early = refused(plan([]), key, ['memory'])
  const late = refused(plan([]), key, ['primary_ip4'])
  for (const [one, held, left] of [
    [early, 'memory', 'primary_ip4'],
    [late, 'primary_ip4', 'memory']
  ] as const) {
    const { changes, held: all } = plan([one])
    t.same(Object.keys(all[0]?.change.after ?? {}), [held])
    t.same(Object.keys(changes[0]?.after ?? {}), [left])
  }
  t.same(plan([{ ...early, values: { memory: 1 } }]).held, [], 'other values were refused')
  t.same(plan([{ ...early, action: 'delete', values: {} }]).held, [], 'another action was')
})

t.test('a refused delete waits too', async (t) => {
  const world = new World()
  world.apply(planWith(world, beside(guest(100)), []))
  const bare = beside(withConfig({ disks: [] }))
  const poisoned = refused(planWith(world, bare, []), `${key}/scsi0`)
  t.match(planWith(world, bare, [poisoned]), { changes: [], held: [{ guard: 'quarantine' }] })
  t.equal(planWith(world, bare, [poisoned], 2).changes.length, 1)
})

t.test('pauses grow and end', async (t) => {
  t.same([1, 2, 3, 4, 5, 99].map(quarantineMinutes), [15, 60, 240, 960, 1440, 1440])
})

t.test('what was refused without a name that waits is held without that name', async (t) => {
  const world = new World()
  const other = 'vm:caaaaaaaa/qemu/101'
  const named = (vmid: number, name: string) => {
    const { config, ...row } = guest(vmid)
    if (config === undefined) throw new Error('no config')
    return { ...row, name, config: { ...config, name, memoryMiB: 4096 } }
  }
  world.apply(planWith(world, estate([guest(100), guest(101)]), []))
  const swapped = estate([named(100, 'vm101'), named(101, 'vm100')])
  const first = planWith(world, swapped, [])
  // The last step of the one was its memory alone, of the other all of it.
  const all = refused(first, other, ['name', 'memory'])
  const part = refused(first, key, ['memory'])
  const plan = planWith(world, swapped, [all, part])
  t.same(plan.changes, [])
  t.same(
    plan.held.map(({ change, guard }) => [guard, change.key, Object.keys(change.after)]).sort(),
    [
      ['quarantine', key, ['memory']],
      ['quarantine', other, ['memory', 'name']],
      ['references', key, ['name']]
    ]
  )
})
