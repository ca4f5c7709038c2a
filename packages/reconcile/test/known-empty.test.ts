import type { Estate, Fields, Guest, NodeInterface } from '@proxbox/contracts'
import t from 'tap'
import { handKept, key, planFor, runOn, withConfig } from './planned.ts'
import { estate, World } from './world.ts'

const nic = withConfig({}).config?.nics[0]
if (nic === undefined) throw new Error('no NIC')

const full = withConfig(
  { searchDomain: 'example.org', nics: [{ ...nic, mtu: 9000 }] },
  { pool: 'prod', haState: 'started' }
)
const bare = withConfig({}, { pool: '', haState: '' })
const told = (world: World) => {
  const { 'cf.proxmox_pool': pool, 'cf.proxmox_ha_state': ha } = world.stored(key)
  return [pool, ha, world.stored(key)['cf.proxmox_search_domain'], world.stored(`${key}/net0`).mtu]
}
const all = ['prod', 'started', 'example.org', 9000]
const none = [null, null, null, null]

t.test('what a guest has no longer is taken out of NetBox', async (t) => {
  const world = new World()
  runOn(world, estate([full]))
  t.same(told(world), all)
  runOn(world, estate([bare]), 1)
  t.same(told(world), none)
})

t.test('what was not read stays', async (t) => {
  const { pool: _, haState: __, ...unread } = bare
  const unasked: Guest[] = [unread, (({ config: _, ...row }) => row)(full)]
  for (const [index, one] of unasked.entries()) {
    const world = new World()
    runOn(world, estate([full]))
    runOn(world, estate([one]), 1)
    t.same(told(world).slice(0, 2), all.slice(0, 2))
    if (index === 1) t.same(told(world), all)
  }
  const world = new World()
  runOn(world, estate([full]))
  const gap = { cluster: 'caaaaaaaa', reason: 'error' as const, detail: '' }
  const hidden: Estate = { ...estate([bare]), gaps: [{ ...gap, scope: 'guests', facet: 'config' }] }
  t.same(planFor(world, hidden).changes, [], 'a gap hides all of it')
})

t.test('nor is a value of a person that Proxmox knows nothing of', async (t) => {
  const mine: Fields = { 'cf.proxmox_pool': 'mine', 'cf.proxmox_search_domain': 'a.org' }
  const world = handKept(mine)
  runOn(world, estate([bare]))
  const { 'cf.proxmox_pool': pool, 'cf.proxmox_search_domain': domain } = world.stored(key)
  t.same([pool, domain], ['mine', 'a.org'])
})

/** The node with a port, and what the port is a part of. */
function nodeWith(port: Partial<NodeInterface>, ...others: Partial<NodeInterface>[]): Estate {
  const seen = estate([])
  const clusters = seen.clusters.map((cluster) => ({
    ...cluster,
    nodes: cluster.nodes.map((node) => ({
      ...node,
      interfaces: (node.interfaces ?? [])
        .slice(1)
        .flatMap((one) => [port, ...others].map((other) => ({ ...one, ...other })))
    }))
  }))
  return { ...seen, clusters }
}
const at = (name: string): string => `interface:ncaaaaaaaa/${name}`

t.test('a port that leaves bridge or bond is in none, and has the MTU of its own', async (t) => {
  const world = new World()
  const bridge = { name: 'vmbr0', type: 'bridge' }
  const bond = { name: 'bond0', type: 'bond' }
  const port = { name: 'eno1' }
  runOn(world, nodeWith({ ...port, mtu: 9000 }, { ...bridge, bridgePorts: ['eno1'] }, bond))
  t.ok(world.stored(at('eno1')).bridge)
  runOn(
    world,
    nodeWith(port, { ...bridge, bridgePorts: ['bond0'] }, { ...bond, bondSlaves: ['eno1'] }),
    1
  )
  const joined = world.stored(at('eno1'))
  t.same([joined.bridge, Boolean(joined.lag), joined.mtu], [null, true, null])
  t.ok(world.stored(at('bond0')).bridge)
  const apart = nodeWith(port, bridge, bond)
  const gap = { cluster: 'caaaaaaaa', reason: 'denied' as const, detail: '' }
  const hidden: Estate = { ...apart, gaps: [{ ...gap, scope: 'nodes', facet: 'network' }] }
  t.same(planFor(world, hidden).changes, [], 'bridges that are not listed take nobody out')
  runOn(world, apart, 2)
  t.same([world.stored(at('eno1')).lag, world.stored(at('bond0')).bridge], [null, null])
})

t.test('a bridge of a person stays on a port that was there before', async (t) => {
  const world = new World()
  const device = world.add('device', { name: 'pve1', site: { ref: 'netbox:site/1' }, tags: [] })
  const of = { device: { ref: device.key }, tags: [] }
  const br = world.add('interface', { name: 'br', type: 'bridge', ...of })
  world.add('interface', { name: 'eno1', type: 'other', bridge: { ref: br.key }, ...of })
  runOn(world, nodeWith({ name: 'eno1' }))
  t.same(world.stored(at('eno1')).bridge, { ref: br.key })
})
