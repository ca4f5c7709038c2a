import t from 'tap'
import { changeOf, endpoint, key, planDecided, planFor } from './planned.ts'
import { estate, guest, World } from './world.ts'

const place = { key: 'cluster:caaaaaaaa', field: null, code: 'unit-base' } as const
const inThousands = 2148 // 2048 MiB = 2147483648 bytes, in units of 1000², rounded up
const seen = (count: number) =>
  estate(Array.from({ length: count }, (_, index) => guest(100 + index)))

/** Guests 100… were entered by hand with these memory sizes. */
function entered(memory: readonly number[]): World {
  const world = new World()
  const cluster = world.add('cluster', { name: 'lab', scope: { ref: 'netbox:site/1' } })
  memory.forEach((one, index) => {
    const vm = world.add('vm', {
      name: `vm${100 + index}`,
      cluster: { ref: cluster.key },
      memory: one,
      tags: []
    })
    world.add('disk', { name: 'scsi0', virtual_machine: { ref: vm.key }, size: 8590 })
  })
  return world
}
const memoryHeld = (plan: ReturnType<typeof planFor>) =>
  plan.held.filter(({ change }) => 'memory' in change.after).length

t.test('most adopted VMs in the other base: one conflict, nothing recounted', async (t) => {
  const world = entered([inThousands, inThousands, 999])
  const plan = planFor(world, seen(3))
  t.match(plan.conflicts, [{ ...place, label: 'lab', proxmox: 1024, netbox: 1000 }])
  t.same(
    plan.conflicts[0]?.decisions.map(({ decision }) => decision),
    ['1000', '1024']
  )
  t.match(plan.notices, [{ key: place.key, code: 'CONFLICT_OPEN' }])
  t.equal(memoryHeld(plan), 2)
  t.match(plan.held[0], { guard: 'unit-base', code: 'CONFLICT_OPEN' })
  t.equal(changeOf(plan, key)?.after.memory, undefined)
  t.equal(changeOf(plan, key)?.after.status, 'active', 'the rest goes on')
  t.equal(changeOf(plan, `${key}/scsi0`)?.after.size, undefined, 'disk sizes neither')
  t.equal(changeOf(plan, 'vm:caaaaaaaa/qemu/102')?.after.memory, 2048, 'that one is just wrong')
  world.apply(plan)
  t.same(planFor(world, seen(3)).conflicts, plan.conflicts)
  t.same(planFor(world, seen(3)).changes, [])
})

t.test('a few of many are wrong numbers, not another base', async (t) => {
  const plan = planFor(entered([inThousands, 2048, 2048]), seen(3))
  t.same(plan.conflicts, [])
  t.equal(changeOf(plan, key)?.after.memory, 2048)
})

t.test('decided: either base is kept to from then on', async (t) => {
  const kept = entered([inThousands, inThousands])
  const as1000 = () => planDecided(kept, seen(2), [[place, '1000']])
  t.same([as1000().conflicts, memoryHeld(as1000())], [[], 0])
  kept.apply(as1000())
  t.same([kept.stored(key).memory, kept.stored(`${key}/scsi0`).size], [inThousands, 8590])
  t.same(as1000().changes, [])
  const written = entered([inThousands, inThousands])
  const as1024 = planDecided(written, seen(2), [[place, '1024']])
  t.same([as1024.conflicts, memoryHeld(as1024)], [[], 0])
  written.apply(as1024)
  t.same([written.stored(key).memory, written.stored(`${key}/scsi0`).size], [2048, 8192])
})

t.test('a later change of the setting is one set for a person to approve', async (t) => {
  const world = new World()
  world.apply(planFor(world, seen(3)))
  const changed = endpoint({ ramBase: 1000, diskBase: 1000 })
  const plan = planFor(world, seen(3), { ...changed, budget: true })
  t.same(plan.changes, [])
  t.same(
    plan.held.map(({ guard, change }) => [guard, Object.keys(change.after)]),
    [...Array(3)].flatMap(() => [
      ['base-change', ['memory']],
      ['base-change', ['size']]
    ])
  )
  t.match(plan.held[0]?.reason, /6 numbers .* units of 1000/)
  world.apply(planFor(world, seen(3), { ...changed, budget: false }))
  t.equal(world.stored(key).memory, inThousands, 'approved')
})
