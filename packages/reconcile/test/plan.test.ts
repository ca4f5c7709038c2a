import t from 'tap'
import { planChanges } from '../src/index.ts'
import { beside } from './planned.ts'
import { estate, guest, World } from './world.ts'

const planFor = (world: World, seen: ReturnType<typeof estate>, more = {}) =>
  planChanges({ estate: seen, options: world.options(more), ...world.facts() })

for (const version of ['4.5.9', '4.7.3']) {
  t.test(`a first run is cheap and leaves nothing to do on ${version}`, async (t) => {
    const world = new World(version)
    const seen = estate(Array.from({ length: 250 }, (_, n) => guest(100 + n)))
    const first = planFor(world, seen)
    t.same(first.held, [])
    t.ok(world.apply(first) <= 8 * 3 + 40)
    t.same(planFor(world, seen).changes, [])
    t.same(planFor(world, seen).adoptions, [])
  })
}

t.test('what was deleted in NetBox is made again, and the Plan says so', (t) => {
  const world = new World()
  const guests = [guest(100), guest(101)]
  world.apply(planFor(world, estate(guests)))
  const key = 'vm:caaaaaaaa/qemu/100/scsi0'
  world.objects.delete(`netbox:disk/${world.ledger.get(key)?.netbox_id}`)
  const { changes } = planFor(world, estate([...guests, guest(200)]))
  const reason = (of: string) => changes.find((one) => one.key === of)?.why.name?.reason
  t.equal(reason(key), 'gone from NetBox, made again')
  t.equal(reason('vm:caaaaaaaa/qemu/200'), 'new in Proxmox')
  t.end()
})

t.test("a person's edits of merge fields and tags stay, a fact is corrected", async (t) => {
  const world = new World()
  const seen = estate([guest(100)])
  world.apply(planFor(world, seen))
  const key = 'vm:caaaaaaaa/qemu/100'
  const hand = world.add('tag', { slug: 'mine', name: 'mine' })
  const tags = world.stored(key).tags
  world.edit(key, {
    name: 'renamed',
    memory: 1,
    tags: [...(Array.isArray(tags) ? tags : []), { ref: hand.key }]
  })
  const plan = planFor(world, seen)
  t.same(
    plan.changes.map((change) => [change.key, change.after]),
    [[key, { memory: 2048 }]]
  )
  t.equal(plan.changes[0]?.why.memory?.reason, 'drift')
})

t.test('tags and object types of others outlive every change of ours', async (t) => {
  const world = new World()
  const tagged = (...tags: string[]) => {
    const { config } = guest(100)
    return estate([guest(100, { config: { ...config, tags } as typeof config & object })])
  }
  world.apply(planFor(world, tagged('web', 'db')))
  const key = 'vm:caaaaaaaa/qemu/100'
  const hand = world.add('tag', { slug: 'mine', name: 'mine' })
  const tagsOf = () => [world.stored(key).tags ?? []].flat()
  world.edit(key, { tags: [...tagsOf(), { ref: hand.key }] })
  world.edit('custom-field:proxmox_vm_id', { object_types: ['dcim.site'] })
  for (const tags of [['web'], ['web', 'x'], ['x'], []]) {
    world.apply(planFor(world, tagged(...tags)))
    t.match(JSON.stringify(tagsOf()), hand.key)
    t.equal(tagsOf().length, 3 + tags.length)
    t.same(planFor(world, tagged(...tags)).changes, [])
  }
  t.match(world.stored('custom-field:proxmox_vm_id').object_types, /dcim\.site/)
})

t.test('a custom field that a person has deleted is made again with its values', async (t) => {
  const world = new World()
  world.apply(planFor(world, estate([guest(100)])))
  const vm = 'vm:caaaaaaaa/qemu/100'
  const field = world.ledger.get('custom-field:proxmox_vm_id')?.netbox_id
  world.cascade(`netbox:custom-field/${field}`)
  const at = `netbox:vm/${world.ledger.get(vm)?.netbox_id}`
  const item = world.objects.get(at)
  if (item === undefined) throw new Error('no VM')
  const { 'cf.proxmox_vm_id': _, ...fields } = item.fields
  world.objects.set(at, { ...item, fields })
  const plan = planFor(world, estate([guest(100)]))
  t.match(
    plan.changes.map(({ key, action, after }) => [key, action, after['cf.proxmox_vm_id']]),
    [
      ['custom-field:proxmox_vm_id', 'create'],
      [vm, 'update', 100]
    ]
  )
  world.apply(plan)
  t.same(planFor(world, estate([guest(100)])).changes, [])
})

t.test(
  'our disk goes when its guest was read without it, and not when it was not read',
  async (t) => {
    const world = new World()
    world.apply(planFor(world, beside(guest(100))))
    const { config, ...unread } = guest(100)
    t.same(planFor(world, beside(unread)).changes, [])
    if (config === undefined) throw new Error('no config')
    const plan = planFor(world, beside(guest(100, { config: { ...config, disks: [] } })))
    t.same(
      plan.changes.map((change) => [change.action, change.key]),
      [['delete', 'vm:caaaaaaaa/qemu/100/scsi0']]
    )
  }
)

t.test('an address of another object is held, and everything else is planned', async (t) => {
  const world = new World()
  const other = world.add('vm-interface', { name: 'eth0' })
  world.add('ip-address', {
    address: '10.0.100.10/16',
    vrf: null,
    assigned_object: { ref: other.key }
  })
  const plan = planFor(world, estate([guest(100)]))
  t.same(
    plan.held.map(({ code }) => code),
    ['ADDRESS_TAKEN']
  )
  t.notOk(plan.changes.some((change) => 'primary_ip4' in change.after && change.kind === 'vm'))
  world.apply(plan)
})

t.test(
  'a VM made by hand is adopted: its name stays, what Proxmox measures is corrected',
  async (t) => {
    const world = new World()
    const type = world.add('cluster-type', { slug: 'cluster', name: 'Cluster' })
    const cluster = world.add('cluster', {
      name: 'lab',
      type: { ref: type.key },
      scope: { ref: 'netbox:site/1' }
    })
    world.add('vm', {
      name: 'VM100',
      cluster: { ref: cluster.key },
      memory: 512,
      tags: [],
      comments: ''
    })
    const seen = estate([guest(100)])
    const plan = planFor(world, seen)
    const change = plan.changes.find(({ kind }) => kind === 'vm')
    t.match(change, { action: 'update', origin: 'adopted' })
    t.notOk(change && 'name' in change.after)
    t.equal(change?.after.memory, 2048)
    t.equal(change?.why.memory?.reason, 'Proxmox says so')
    world.apply(plan)
    t.same(planFor(world, seen).changes, [])
  }
)

t.test('equal names: the lowest vmid has the plain one, and keeps it', async (t) => {
  const world = new World()
  const named = (vmid: number) =>
    guest(vmid, {
      name: 'same',
      config: { ...guest(vmid).config, name: 'same' } as never
    })
  world.apply(planFor(world, estate([named(102), named(101)])))
  t.equal(world.stored('vm:caaaaaaaa/qemu/101').name, 'same')
  t.equal(world.stored('vm:caaaaaaaa/qemu/102').name, 'same (102)')
  world.apply(planFor(world, estate([named(100), named(101), named(102)])))
  t.equal(world.stored('vm:caaaaaaaa/qemu/100').name, 'same (100)')
})

t.test('no site, no writes', async (t) => {
  const world = new World()
  world.add('site', { name: 'Two', slug: 'two' })
  const plan = planFor(world, estate([guest(100)]))
  t.same(plan.changes, [])
  t.same(
    plan.notices.map(({ code }) => code),
    ['SITE_MISSING']
  )
})

t.test('5,000 guests that are in NetBox need nothing', async (t) => {
  const world = new World()
  const seen = estate(Array.from({ length: 5000 }, (_, n) => guest(100 + n)))
  world.apply(planFor(world, seen))
  const { changes, adoptions, unchanged } = planFor(world, seen)
  t.same([changes.length, adoptions.length], [0, 0])
  t.match(unchanged, { vm: 5000, 'vm-interface': 5000, 'mac-address': 5000, disk: 5000 })
})

t.test('custom fields without a cluster mean the NetBox cluster that the VM lies in', async (t) => {
  const world = new World()
  const scope = { ref: 'netbox:site/1' }
  const [mine, other] = ['lab', 'else'].map((name) => world.add('cluster', { name, scope }))
  const vms = [mine, other].map((at) =>
    world.add('vm', {
      name: 'called otherwise',
      cluster: { ref: at?.key ?? '' },
      'cf.proxmox_vm_id': 100,
      'cf.proxmox_cluster': null
    })
  )
  const { adoptions } = planFor(world, estate([guest(100)]))
  const found = adoptions.filter(({ kind }) => kind === 'vm')
  t.match(found, [{ netbox_id: vms[0]?.netbox_id, evidence_of_match: 'custom-field' }])
})

t.test('nodes of one name in three clusters of one name are three devices', async (t) => {
  const world = new World()
  const ids = ['caaaaaaaa', 'cbbbbbbbb', 'ccccccccc']
  const clusters = ids.flatMap((id) => estate([], id).clusters)
  const connections = Object.fromEntries(
    ids.map((id) => [id, { ...world.options().connections.caaaaaaaa, endpointName: id } as never])
  )
  world.apply(planFor(world, { clusters, gaps: [] }, { connections }))
  const names = ids.map((id) => world.stored(`device:n${id}`).name)
  t.equal(new Set(names).size, 3, names.join())
  t.same(planFor(world, { clusters, gaps: [] }, { connections }).changes, [])
})
