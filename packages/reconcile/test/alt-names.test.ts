import type { Estate } from '@proxbox/contracts'
import t from 'tap'
import { changeOf, day, runOn } from './planned.ts'
import { estate, guest, World } from './world.ts'

const at = (name: string): string => `interface:ncaaaaaaaa/${name}`

/** The port of the node under this name, as a port of the bridge. */
function named(name: string, altNames: readonly string[] = [], addresses: string[] = []): Estate {
  const seen = estate([guest(100)])
  const clusters = seen.clusters.map((cluster) => ({
    ...cluster,
    nodes: cluster.nodes.map((node) => ({
      ...node,
      interfaces: (node.interfaces ?? []).map((one) =>
        one.type === 'bridge'
          ? { ...one, bridgePorts: [name] }
          : { ...one, name, altNames: [...altNames], addresses }
      )
    }))
  }))
  return { ...seen, clusters }
}

t.test('a port that is renamed keeps its object, its cable and its addresses', async (t) => {
  const world = new World()
  runOn(world, named('eno1', [], ['10.9.9.10/24']))
  const id = world.ledger.get(at('eno1'))?.netbox_id
  const address = world.ledger.get(`ip:${at('eno1')}/10.9.9.10`)?.netbox_id
  world.edit(at('eno1'), { cable: { ref: 'netbox:cable/1' }, description: 'to switch 4' })
  const plan = runOn(world, named('nic0', ['enp1s0', 'eno1'], ['10.9.9.10/24']), 1)
  t.same(
    plan.changes.map(({ key, action, after }) => [key, action, after]),
    [[at('nic0'), 'update', { name: 'nic0' }]]
  )
  t.match(world.ledger.get(at('nic0')), { netbox_id: id, origin: 'created' })
  t.match(world.ledger.get(`ip:${at('nic0')}/10.9.9.10`), { netbox_id: address })
  t.match(world.stored(at('nic0')), { name: 'nic0', description: 'to switch 4' })
  t.same(runOn(world, named('nic0', ['eno1'], ['10.9.9.10/24']), 30).changes, [])
})

t.test('a port of a person is found by any of its names', async (t) => {
  const world = new World()
  const device = world.add('device', { name: 'pve1', site: { ref: 'netbox:site/1' } })
  const port = world.add('interface', { name: 'ENO1', device: { ref: device.key } })
  runOn(world, named('nic0', ['eno1']))
  t.match(world.ledger.get(at('nic0')), { netbox_id: port.netbox_id, origin: 'adopted' })
  t.equal(world.stored(at('nic0')).name, 'ENO1', 'its name is a person’s')
})

t.test('who is listed by that name, or has no such name, is another', async (t) => {
  const world = new World()
  runOn(world, named('eno1'))
  const other = runOn(world, named('eno2', ['enp2s0']), 1)
  t.equal(changeOf(other, at('eno2'))?.action, 'create')
  t.equal(world.ledger.get(at('eno1'))?.first_missing_at, day(1))
  const both = named('eno1', ['nic0'])
  const [cluster] = both.clusters
  const [node] = cluster?.nodes ?? []
  const port = node?.interfaces?.find(({ name }) => name === 'eno1')
  if (cluster === undefined || node?.interfaces === undefined || port === undefined)
    throw new Error('no port')
  const twin = { ...port, name: 'nic1', altNames: ['eno1'] }
  const nodes = [{ ...node, interfaces: [...node.interfaces, twin] }]
  const two = new World()
  runOn(two, named('eno1'))
  const plan = runOn(two, { clusters: [{ ...cluster, nodes }], gaps: [] }, 1)
  t.equal(changeOf(plan, at('nic1'))?.action, 'create')
})
