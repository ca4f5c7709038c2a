import type { Estate } from '@proxbox/contracts'
import t from 'tap'
import { changeOf, planFor, runOn } from './planned.ts'
import { clusterOf } from './sample-cluster.ts'
import { guest, World } from './world.ts'

const cluster = 'cluster:caaaaaaaa'
const vm = 'vm:caaaaaaaa/qemu/100'
const seen: Estate = {
  clusters: [clusterOf([guest(100)], { nodes: ['pve1', 'pve2'] })],
  gaps: []
}
const two = 'device:naaaaaaaapve2'

/** NetBox with sites Home and Two, and the Endpoint in Home. */
function twoSites() {
  const world = new World()
  const far = world.add('site', { name: 'Two', slug: 'two' }, 'Two')
  const { connections } = world.options()
  const [one] = Object.values(connections)
  if (one === undefined) throw new Error('no connection')
  return { world, far, options: { connections: { caaaaaaaa: { ...one, site: 'home' } } } }
}

t.test('adopted devices in several sites: neither scope nor VM.site is sent', async (t) => {
  const { world, far, options } = twoSites()
  const mark = { 'cf.proxmox_node': 'pve2', 'cf.proxmox_cluster': 'lab' }
  world.add('device', { name: 'pve2', site: { ref: far.key }, ...mark }, 'pve2')
  const plan = runOn(world, seen, 0, options)
  const made = changeOf(plan, cluster)
  t.equal(made?.action, 'create')
  t.notOk('scope' in (made?.after ?? {}))
  t.notOk('site' in (changeOf(plan, vm)?.after ?? {}))
  t.match(changeOf(plan, two)?.after.cluster, { ref: cluster }, 'NetBox takes it into no site')
  t.match(plan.notices, [{ key: cluster, label: 'lab', detail: /2 sites .*Two \(pve2\)/ }])
  world.edit(two, { site: { ref: 'netbox:site/1' } })
  const united = planFor(world, seen, options)
  t.same(united.notices, [])
  t.match(changeOf(united, vm)?.after, { site: { ref: 'netbox:site/1' } })
})

t.test('a device of ours that a person moves: what NetBox says of the site stays', async (t) => {
  const { world, far, options } = twoSites()
  const first = runOn(world, seen, 0, options)
  t.match(changeOf(first, cluster)?.after.scope, { ref: 'netbox:site/1' })
  world.edit(cluster, { scope: null })
  world.edit(two, { site: { ref: far.key } })
  const plan = planFor(world, { ...seen, clusters: [withGuest()] }, options)
  t.match(plan.notices, [{ key: cluster }])
  t.same(changeOf(plan, cluster), undefined)
  t.same(changeOf(plan, vm), undefined)
  t.notOk('site' in (changeOf(plan, 'vm:caaaaaaaa/qemu/101')?.after ?? { site: 0 }))
})

const withGuest = () => clusterOf([guest(100), guest(101)], { nodes: ['pve1', 'pve2'] })

t.test('an Endpoint that moves takes all its devices: they stand in one site', async (t) => {
  const { world, options } = twoSites()
  runOn(world, seen, 0, options)
  const { caaaaaaaa } = options.connections
  const moved = { connections: { caaaaaaaa: { ...caaaaaaaa, site: 'two' } }, budget: false }
  const plan = planFor(world, seen, moved)
  t.same(plan.notices, [])
  t.match(changeOf(plan, cluster)?.after, { scope: { ref: /netbox:site/ } })
})
