import type { ClusterEstate, Nic, Node, NodeInterface, Vnet } from '@proxbox/contracts'
import t from 'tap'
import { nicVlansIn } from '../src/desired/nic-vlans.ts'
import { changeOf, endpoint, key, planFor, withConfig } from './planned.ts'
import { clusterOf, guest } from './sample-cluster.ts'
import { estate, World } from './world.ts'

const of = (name: string, type: string, more: Partial<NodeInterface> = {}): NodeInterface => ({
  ...{ name, type, active: true, autostart: true, addresses: [], bridgePorts: [], bondSlaves: [] },
  ...{ bridgeVlanAware: false, altNames: [] },
  ...more
})
const bridge = (name: string, ...bridgePorts: string[]) => of(name, 'bridge', { bridgePorts })
const vlan = (name: string, vlanId?: number, vlanRawDevice?: string) =>
  of(name, 'vlan', {
    ...(vlanId === undefined ? {} : { vlanId }),
    ...(vlanRawDevice === undefined ? {} : { vlanRawDevice })
  })
const aware = (name: string, ...bridgePorts: string[]) =>
  of(name, 'bridge', { bridgePorts, bridgeVlanAware: true })

/** A node with everything that a NIC can hang on; eno7 is nowhere. */
const interfaces: NodeInterface[] = [
  of('eno1', 'eth', { altNames: ['enxaa'] }),
  of('eno2', 'eth'),
  of('bond0', 'bond', { bondSlaves: ['eno1', 'eno2'] }),
  of('bond1', 'bond', { bondSlaves: ['eno1.70', 'eno2.70'] }),
  bridge('plain', 'bond0'),
  bridge('alone'),
  aware('aware', 'eno1'),
  aware('aware-in-60', 'bond0.60'),
  bridge('in-60', 'bond0.60'),
  vlan('bond0.61', 61, 'bond0'),
  bridge('in-61', 'bond0.61'),
  vlan('servers', 62, 'bond0'),
  bridge('in-62', 'servers'),
  bridge('in-63', 'enxaa.63'),
  bridge('in-70', 'bond1'),
  bridge('twice', 'eno1.60', 'eno2.60'),
  bridge('mixed', 'eno1.60', 'eno2'),
  bridge('two', 'eno1.60', 'eno2.61'),
  bridge('nested', 'bond0.60.5'),
  bridge('over', 'plain.64'),
  bridge('lost', 'eno7.60'),
  bridge('lost-port', 'eno7'),
  vlan('odd', 65),
  bridge('in-odd', 'odd'),
  bridge('by-pattern', 'regex', 'eno.*'),
  bridge('ring', 'ring.5'),
  bridge('in-vxlan', 'vxlan1'),
  of('vxlan1', 'vxlan'),
  of('ovs', 'OVSBridge', { bridgePorts: ['ovsport'] }),
  of('ovsport', 'OVSPort', { vlanId: 66 }),
  of('int67', 'OVSIntPort', { vlanId: 67 }),
  bridge('in-67', 'int67')
]
const vnets: Vnet[] = [
  { name: 'v110', zone: 'z', zoneType: 'vlan', zoneBridge: 'aware', tag: 110 },
  { name: 'v111', zone: 'z', zoneType: 'vlan', zoneBridge: 'in-60', tag: 111 },
  { name: 'v112', zone: 'z', zoneType: 'vlan', zoneBridge: 'elsewhere', tag: 112 },
  { name: 'v113', zone: 'z', zoneType: 'vlan', tag: 113 },
  { name: 'v114', zone: 'z', zoneType: 'vlan', zoneBridge: 'plain' },
  { name: 'v115', zone: 'z', tag: 115 },
  { name: 'v116', zone: 'z', zoneType: 'faucet', tag: 116 },
  { name: 'v117', zone: 'z', zoneType: 'vlan', zoneBridge: 'ovs', tag: 117 },
  ...['qinq', 'simple', 'vxlan', 'evpn'].map((zoneType) => ({
    ...{ name: zoneType, zone: zoneType, zoneType, zoneBridge: 'plain', tag: 120 }
  }))
]

function seen(node: Partial<Node> = {}, more: Partial<ClusterEstate> = {}): ClusterEstate {
  const cluster = clusterOf([])
  return {
    ...cluster,
    vnets,
    nodes: cluster.nodes.map((one) => ({ ...one, interfaces, ...node })),
    ...more
  }
}

function told(bridge: string | undefined, nic: Partial<Nic> = {}, cluster = seen()) {
  const [plain] = guest(100).config?.nics ?? []
  if (plain === undefined) throw new Error('no NIC')
  const { bridge: _, ...unplugged } = plain
  const on = bridge === undefined ? unplugged : { ...unplugged, bridge }
  const vlans = nicVlansIn(cluster)({ ...on, ...nic }, guest(100))
  if (vlans === undefined) return 'not known'
  return [vlans.untagged, ...vlans.tagged].map((vid) => vid ?? '-').join(' ')
}

t.test(
  'without a tag: the VLAN that all ports of the bridge are in, or that of its vnet',
  async (t) => {
    const cases: Record<string, string> = {
      ...{ plain: '-', alone: '-', aware: '-', ovs: '-', 'in-vxlan': '-' },
      ...{
        'in-60': '60',
        'in-61': '61',
        'in-62': '62',
        'in-63': '63',
        'in-67': '67',
        'in-70': '70'
      },
      ...{ twice: '60', over: '64', nested: '-' },
      ...{ mixed: 'not known', two: 'not known', lost: 'not known', 'lost-port': 'not known' },
      ...{ 'in-odd': 'not known', 'by-pattern': 'not known', ring: 'not known' },
      ...{ 'aware-in-60': 'not known', nowhere: 'not known' },
      ...{ v110: '110', v111: '-', v117: '117' },
      ...{ v112: 'not known', v113: 'not known', v114: 'not known', v115: 'not known' },
      ...{ v116: 'not known', qinq: '-', simple: '-', vxlan: '-', evpn: '-' }
    }
    for (const [bridge, wanted] of Object.entries(cases)) t.equal(told(bridge), wanted, bridge)
    t.equal(told(undefined), '-', 'on no bridge')
  }
)

t.test(
  'a tag and trunks: VLANs of the physical network, unless they lie inside something',
  async (t) => {
    const tag = { vlan: 5 }
    for (const bridge of ['plain', 'aware', 'ovs']) t.equal(told(bridge, tag), '5', bridge)
    for (const bridge of ['in-60', 'aware-in-60', 'nested', 'v110', 'qinq', 'vxlan'])
      t.equal(told(bridge, tag), '-', `inside ${bridge}`)
    for (const bridge of ['lost', 'nowhere', 'v112', 'v115'])
      t.equal(told(bridge, tag), 'not known', bridge)
    t.equal(told('aware', { trunks: [10, 20] }), '- 10 20')
    t.equal(told('aware', { vlan: 5, trunks: [10, 20] }), '5 10 20')
    t.equal(told('in-60', { trunks: [10, 20] }), '60', 'trunks go inside its VLAN')
    t.equal(told('lost', { trunks: [10] }), 'not known')
    t.equal(told(undefined, tag), '-', 'a tag leads nowhere without a bridge')
  }
)

t.test('what was not read is not known, whatever the NIC says', async (t) => {
  const [node] = clusterOf([]).nodes
  if (node === undefined) throw new Error('no node')
  const { interfaces: _, ...unread } = node
  const cases = {
    'the network of the node': seen({}, { nodes: [unread] }),
    'what is staged there': seen({ networkStaged: true }),
    'its node': seen({ name: 'pve2' })
  }
  for (const [what, cluster] of Object.entries(cases))
    for (const nic of [{}, { vlan: 5 }, { trunks: [5] }])
      t.equal(told('plain', nic, cluster), 'not known', what)
  const { vnets: _vnets, ...unasked } = seen()
  t.equal(told('v110', {}, unasked), 'not known', 'vnets')
  t.equal(told('plain', { vlan: 5 }, unasked), '5', 'vnets, of which the NIC needs none')
})

t.test('where it was read', async (t) => {
  const source = (bridge: string, nic: Partial<Nic> = {}) => {
    const [plain] = guest(100).config?.nics ?? []
    return plain && nicVlansIn(seen())({ ...plain, bridge, ...nic }, guest(100))?.source
  }
  t.equal(source('in-60'), 'network in-60')
  t.equal(source('v110'), 'sdn v110')
  t.equal(source('plain', { vlan: 5 }), 'config net0')
  t.equal(source('plain'), 'config net0')
})

t.test('what is not known is not sent; what is in no VLAN loses what was written', async (t) => {
  const more = endpoint({ vlanCreate: true })
  const [nic] = guest(100).config?.nics ?? []
  if (nic === undefined) throw new Error('no NIC')
  const on = (bridge: string, cluster = seen()) => ({
    ...estate([]),
    clusters: [{ ...cluster, guests: [withConfig({ nics: [{ ...nic, bridge }] })] }]
  })
  const world = new World()
  world.apply(planFor(world, on('nowhere'), more))
  t.notOk(world.stored(`${key}/net0`).untagged_vlan)
  const plan = planFor(world, on('in-60'), more)
  t.match(changeOf(plan, `${key}/net0`)?.why.untagged_vlan, { source: 'network in-60' })
  world.apply(plan)
  const vlan = { ref: `netbox:vlan/${world.ledger.get('vlan:caaaaaaaa/60')?.netbox_id}` }
  t.match(world.stored(`${key}/net0`), { mode: 'access', untagged_vlan: vlan })
  t.same(planFor(world, on('in-60'), more).changes, [])
  t.same(planFor(world, on('in-60'), more).adoptions, [], 'nor does the Ledger learn anything')
  const hidden = ['lost', 'nowhere', 'v112'].map((bridge) => on(bridge))
  for (const unknown of [...hidden, on('in-60', seen({ networkStaged: true }))]) {
    const after = changeOf(planFor(world, unknown, more), `${key}/net0`)?.after ?? {}
    t.same(
      Object.keys(after).filter((field) => field !== 'description'),
      []
    )
  }
  for (const bridge of ['plain', 'vxlan'])
    t.match(changeOf(planFor(world, on(bridge), more), `${key}/net0`)?.after, {
      mode: null,
      untagged_vlan: null
    })
  world.edit(`${key}/net0`, { untagged_vlan: null })
  const drift = changeOf(planFor(world, on('in-60'), more), `${key}/net0`)
  t.match(drift?.why.untagged_vlan, { policy: 'source', reason: 'drift' })
})
