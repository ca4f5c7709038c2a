import t from 'tap'
import { changeOf, key, planDecided, planFor, withConfig } from './planned.ts'
import { estate, guest, World } from './world.ts'

const seen = estate([guest(100)])
const place = { key, field: 'memory', code: 'drift-in-a-row' } as const

/** A world where another tool has written guest 100's memory so many times, and we have corrected it. */
function drifted(times: number): World {
  const world = new World()
  world.apply(planFor(world, seen))
  for (let count = 0; count < times; count += 1) {
    world.edit(key, { memory: 1 })
    world.apply(planFor(world, seen))
  }
  return world
}

t.test('what we wrote and another has changed is corrected as drift, and counted', async (t) => {
  const world = drifted(1)
  t.same(world.ledger.get(key)?.drifts, { memory: 1 })
  world.edit(key, { memory: 1, vcpus: 7 })
  const change = changeOf(planFor(world, seen), key)
  t.match(change?.why.memory, { policy: 'source', reason: 'drift', source: 'config.memory' })
  t.same(change?.drifts, { memory: 2, vcpus: 1 })
  world.edit(key, { memory: 1, vcpus: 2 })
  const bigger = estate([withConfig({ memoryMiB: 4096 })])
  t.equal(
    changeOf(planFor(world, bigger), key)?.why.memory?.reason,
    'drift, and changed in Proxmox'
  )
})

t.test('what only Proxmox has changed is no drift', async (t) => {
  const change = changeOf(planFor(drifted(0), estate([withConfig({ memoryMiB: 4096 })])), key)
  t.same([change?.why.memory?.reason, change?.drifts], ['changed in Proxmox', undefined])
})

t.test('a Run without drift sets the count back, once and without a write', async (t) => {
  const world = drifted(2)
  const plan = planFor(world, seen)
  t.same(plan.changes, [])
  t.match(plan.adoptions, [{ key, values: {}, drifts: {} }])
  world.apply(plan)
  t.same(planFor(world, seen).adoptions, [])
})

t.test('a field that was not read keeps its count', async (t) => {
  const world = drifted(2)
  const { config: _, ...unread } = guest(100)
  t.same(planFor(world, estate([unread])).adoptions, [])
})

t.test('after three in a row it is a conflict, and not written', async (t) => {
  const world = drifted(3)
  world.edit(key, { memory: 1, vcpus: 7 })
  const plan = planFor(world, seen)
  t.same(changeOf(plan, key)?.after, { vcpus: 2 }, 'only that field is held')
  t.match(plan.conflicts, [
    {
      ...place,
      proxmox: 2048,
      netbox: 1,
      detail: /3 Runs in a row, and another writer set it to 1/
    }
  ])
  t.match(plan.notices, [{ key, code: 'CONFLICT_OPEN' }])
  t.match(
    plan.adoptions.map((one) => [one.key, one.kept?.memory?.reason]),
    [[key, 'corrected in 3 Runs in a row']]
  )
  world.apply(plan)
  t.match(planFor(world, seen).conflicts, [place])
  t.same(planFor(world, seen).changes, [])
  world.edit(key, { memory: 2048 })
  const over = planFor(world, seen)
  t.same(over.conflicts, [], 'the sides agree again')
  t.match(over.adoptions, [{ key, drifts: {}, kept: {} }])
})

t.test('decided for Proxmox: written, and counted from the beginning', async (t) => {
  const world = drifted(3)
  world.edit(key, { memory: 1 })
  const plan = planDecided(world, seen, [[place, 'proxmox']])
  t.match(changeOf(plan, key), {
    after: { memory: 2048 },
    drifts: { memory: 1 },
    why: { memory: { rule: 'decision 1' } }
  })
  t.same([plan.conflicts, plan.notices], [[], []])
})

t.test('decided for NetBox: left alone from then on', async (t) => {
  const world = drifted(3)
  const decided = (memory: number) =>
    planDecided(world, estate([withConfig({ memoryMiB: memory })]), [[place, 'netbox']])
  world.edit(key, { memory: 1 })
  const plan = decided(2048)
  t.same([plan.changes, plan.conflicts], [[], []])
  t.match(plan.adoptions[0]?.kept?.memory, { policy: 'fill', rule: 'decision 1', wanted: 2048 })
  world.apply(plan)
  t.same(decided(4096).changes, [])
})

t.test(
  'VLANs that a person added go with the mode that has no room for them, and are told',
  async (t) => {
    const nic = `${key}/net0`
    const world = drifted(0)
    const vlan = world.add('vlan', { vid: 7, name: 'Seven' })
    const tagged = { tagged_vlans: [{ ref: vlan.key }] }
    world.edit(nic, { ...tagged, mode: 'tagged', mtu: 1400 })
    const kept = changeOf(planFor(world, seen), nic)
    t.same(
      kept?.after.tagged_vlans,
      undefined,
      'nobody writes into an interface that is left as it is'
    )
    // NetBox keeps them without a mode until the next write (`BaseInterface.save`).
    world.edit(nic, { ...tagged, mode: null, enabled: false })
    const change = changeOf(planFor(world, seen), nic)
    t.match(change, {
      before: tagged,
      after: { enabled: true, tagged_vlans: [] },
      why: { tagged_vlans: { policy: 'source', reason: 'drift: this mode has none' } }
    })
  }
)
