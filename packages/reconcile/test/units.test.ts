import t from 'tap'
import { changeOf, endpoint, key, planDecided, planFor } from './planned.ts'
import { estate, guest, World } from './world.ts'

const cluster = { key: 'cluster:caaaaaaaa', code: 'unit-base' } as const
const ram = { ...cluster, field: 'ram_base' } as const
const disk = { ...cluster, field: 'disk_base' } as const
const both = { ...cluster, field: null } as const
const inThousands = 2148 // 2048 MiB = 2147483648 bytes, in units of 1000², rounded up
const seen = (count: number) =>
  estate(Array.from({ length: count }, (_, index) => guest(100 + index)))

const diskInThousands = 8590 // 8 GiB = 8589934592 bytes, likewise

/** Guests 100… were entered by hand with these memory and disk sizes. */
function entered(memory: readonly number[], disks = memory.map(() => diskInThousands)): World {
  const world = new World()
  const cluster = world.add('cluster', { name: 'lab', scope: { ref: 'netbox:site/1' } })
  memory.forEach((one, index) => {
    const vm = world.add('vm', {
      name: `vm${100 + index}`,
      cluster: { ref: cluster.key },
      memory: one,
      tags: []
    })
    world.add('disk', {
      name: 'scsi0',
      virtual_machine: { ref: vm.key },
      size: disks[index] ?? null
    })
  })
  return world
}
const memoryHeld = (plan: ReturnType<typeof planFor>) =>
  plan.held.filter(({ change }) => 'memory' in change.after).length

const disksHeld = (plan: ReturnType<typeof planFor>) =>
  plan.held.filter(({ change }) => 'size' in change.after).length
const asked = ({ conflicts }: ReturnType<typeof planFor>) => conflicts.map(({ field }) => field)

t.test(
  'most adopted VMs and disks in the other base: a conflict each, nothing recounted',
  async (t) => {
    const world = entered([inThousands, inThousands, 999])
    const plan = planFor(world, seen(3))
    t.match(plan.conflicts, [
      { ...disk, label: 'lab', proxmox: 1024, netbox: 1000, detail: /^Most disks/ },
      { ...ram, label: 'lab', proxmox: 1024, netbox: 1000, detail: /^Most VMs/ }
    ])
    for (const { decisions } of plan.conflicts)
      t.same(
        decisions.map(({ decision }) => decision),
        ['1000', '1024']
      )
    t.match(plan.notices, [
      { key: cluster.key, code: 'CONFLICT_OPEN' },
      { key: cluster.key, code: 'CONFLICT_OPEN' }
    ])
    t.same([memoryHeld(plan), disksHeld(plan)], [2, 3])
    t.match(plan.held[0], { guard: 'unit-base', code: 'CONFLICT_OPEN' })
    t.equal(changeOf(plan, key)?.after.memory, undefined)
    t.equal(changeOf(plan, key)?.after.status, 'active', 'the rest goes on')
    t.equal(changeOf(plan, `${key}/scsi0`)?.after.size, undefined, 'disk sizes neither')
    t.equal(changeOf(plan, 'vm:caaaaaaaa/qemu/102')?.after.memory, 2048, 'that one is just wrong')
    world.apply(plan)
    t.same(planFor(world, seen(3)).conflicts, plan.conflicts)
    t.same(planFor(world, seen(3)).changes, [])
  }
)

t.test('memory and disks are counted each for itself', async (t) => {
  const memory = planFor(entered([inThousands, inThousands], [8192, 8192]), seen(2))
  t.same([asked(memory), memoryHeld(memory), disksHeld(memory)], [['ram_base'], 2, 0])
  const disks = planFor(entered([2048, 2048]), seen(2))
  t.same([asked(disks), memoryHeld(disks), disksHeld(disks)], [['disk_base'], 0, 2])
  const few = planFor(entered([inThousands, inThousands, inThousands], [8590, 8192, 8192]), seen(3))
  t.same([asked(few), disksHeld(few)], [['ram_base'], 0])
  t.equal(changeOf(few, `${key}/scsi0`)?.after.size, 8192, 'one of three is just wrong')
  const set = entered([inThousands, inThousands])
  const at1000 = endpoint({ ramBase: 1000, diskBase: 1024 })
  t.same(asked(planFor(set, seen(2), at1000)), ['disk_base'], 'the setting says so already')
})

t.test('a few of many are wrong numbers, not another base', async (t) => {
  const plan = planFor(entered([inThousands, 2048, 2048], [8590, 8192, 8192]), seen(3))
  t.same(plan.conflicts, [])
  t.equal(changeOf(plan, key)?.after.memory, 2048)
})

t.test('decided: either base is kept to from then on, and the other question stays', async (t) => {
  const kept = entered([inThousands, inThousands])
  const as1000 = () =>
    planDecided(kept, seen(2), [
      [ram, '1000'],
      [disk, '1000']
    ])
  t.same([as1000().conflicts, memoryHeld(as1000())], [[], 0])
  kept.apply(as1000())
  t.same(
    [kept.stored(key).memory, kept.stored(`${key}/scsi0`).size],
    [inThousands, diskInThousands]
  )
  t.same(as1000().changes, [])
  const written = entered([inThousands, inThousands])
  const as1024 = planDecided(written, seen(2), [[both, '1024']])
  t.same([as1024.conflicts, memoryHeld(as1024)], [[], 0])
  written.apply(as1024)
  t.same([written.stored(key).memory, written.stored(`${key}/scsi0`).size], [2048, 8192])
  const half = entered([inThousands, inThousands])
  const onlyDisks = planDecided(half, seen(2), [[disk, '1024']])
  t.same([asked(onlyDisks), disksHeld(onlyDisks)], [['ram_base'], 0])
  half.apply(onlyDisks)
  t.same([half.stored(key).memory, half.stored(`${key}/scsi0`).size], [inThousands, 8192])
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
