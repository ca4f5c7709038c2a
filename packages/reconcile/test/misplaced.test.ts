import t from 'tap'
import { changeOf, key, planFor } from './planned.ts'
import { estate, guest, World } from './world.ts'

const seen = estate([guest(100)])
const device = 'device:ncaaaaaaaa'

t.test('a device that a person has put into another cluster is no place for our VMs', async (t) => {
  const world = new World()
  const other = world.add('cluster', { name: 'other', scope: null })
  world.add('device', {
    name: 'pve1',
    site: { ref: 'netbox:site/1' },
    cluster: { ref: other.key }
  })
  const plan = planFor(world, seen)
  t.equal(changeOf(plan, device)?.after.cluster, undefined)
  t.ok(changeOf(plan, key), 'the VM is made')
  t.equal(changeOf(plan, key)?.after.device, undefined)
  world.apply(plan)
  const found = planFor(world, seen)
  t.same(found.changes, [])
  t.match(found.adoptions.find((one) => one.key === key)?.kept?.device, {
    policy: 'source',
    reason: 'NetBox has its device in another cluster'
  })
  world.edit(device, {
    cluster: { ref: `netbox:cluster/${world.ledger.get('cluster:caaaaaaaa')?.netbox_id}` }
  })
  t.same(changeOf(planFor(world, seen), key)?.after, { device: { ref: device } })
})

t.test('a cluster that a person has moved takes no VM of another site', async (t) => {
  const world = new World()
  world.apply(planFor(world, seen))
  const two = world.add('site', { name: 'Two', slug: 'two' })
  world.edit('cluster:caaaaaaaa', { scope: { ref: two.key } })
  const { connections } = world.options()
  const placed = Object.fromEntries(
    Object.entries(connections).map(([id, one]) => [id, { ...one, site: 'home' }])
  )
  const plan = planFor(world, estate([guest(100), guest(101)]), { connections: placed })
  const made = changeOf(plan, 'vm:caaaaaaaa/qemu/101')
  t.ok(made)
  t.equal(made?.after.site, undefined, 'NetBox takes that of the cluster')
})

t.test('a device of another site is not put into the cluster, nor VMs onto it', async (t) => {
  const world = new World()
  const two = world.add('site', { name: 'Two', slug: 'two' })
  const cluster = world.add('cluster', { name: 'lab', scope: { ref: 'netbox:site/1' } })
  const found = world.add('device', {
    name: 'rack 1',
    site: { ref: two.key },
    'cf.proxmox_node': 'pve1',
    'cf.proxmox_cluster': 'lab'
  })
  const { connections } = world.options()
  const placed = Object.fromEntries(
    Object.entries(connections).map(([id, one]) => [id, { ...one, site: 'home' }])
  )
  const plan = planFor(world, seen, { connections: placed })
  t.equal(plan.adoptions.find((one) => one.kind === 'cluster')?.netbox_id, cluster.netbox_id)
  t.equal(plan.adoptions.find((one) => one.kind === 'device')?.netbox_id, found.netbox_id)
  t.equal(changeOf(plan, device)?.after.cluster, undefined)
  t.equal(changeOf(plan, key)?.after.device, undefined)
})
