import {
  type NetworkRow,
  removeGuest,
  setNodeOnline,
  type World,
  type WorldNode
} from '@proxbox/simulator/proxmox'
import { pick, type Way } from './way.ts'

const nodeOf = (world: World, way: number): WorldNode => pick(world.nodes, way)

const rowOf = (node: WorldNode, iface: string): NetworkRow | undefined =>
  node.network.find((row) => row.iface === iface)

/** A name is told in many places: in its own row, and as port, slave or raw device of others. */
function renameRow(node: WorldNode, from: string, to: string): void {
  if (rowOf(node, from) === undefined || rowOf(node, to) !== undefined) return
  node.network = node.network.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([key, value]) => {
        if (typeof value !== 'string') return [key, value]
        const isPart = ['iface', 'slaves', 'bridge_ports', 'vlan-raw-device'].includes(key)
        const words = value.split(' ').map((word) => (word === from ? to : word))
        return [key, isPart ? words.join(' ') : value]
      })
    )
  )
}

/** Nodes and their networks. */
export const nodeWays = {
  'node off': (world, _, way) => {
    const node = nodeOf(world, way)
    // The node that is asked is always there.
    if (node !== world.nodes[0]) setNodeOnline(world, node.name, !node.online)
  },
  'node renamed': (world, _, way) => {
    const node = nodeOf(world, way)
    const name = pick(['alpha', 'PVE1', 'beta.example.org'], way)
    if (world.nodes.some((one) => one.name.toLowerCase() === name.toLowerCase())) return
    for (const guest of world.guests) if (guest.node === node.name) guest.node = name
    node.name = name
  },
  'node added': (world, _, way) => {
    const [first] = world.nodes
    if (first === undefined || world.clusterName === null || world.nodes.length > 2) return
    const nodeid = Math.max(...world.nodes.map((one) => one.nodeid)) + 1
    const address = first.address.replace(/\d+$/, String(11 + nodeid))
    const network = structuredClone(first.network).map((row) =>
      row.address === undefined ? row : { ...row, address, cidr: `${address}/24` }
    )
    const name = pick([`pve${nodeid}`, 'web'], way)
    if (world.nodes.some((one) => one.name === name)) return
    world.nodes.push({ ...first, name, nodeid, address, network, online: true, statsFresh: true })
  },
  'node removed': (world, _, way) => {
    const last = world.nodes.at(-1)
    if (last === undefined || world.nodes.length < 2) return
    world.nodes.pop()
    for (const guest of world.guests.filter(({ node }) => node === last.name)) {
      if (way % 2 === 0) guest.node = pick(world.nodes, way).name
      else removeGuest(world, guest.vmid)
    }
  },
  'node notes': (world, _, way) => {
    nodeOf(world, way).description = pick(['', 'Rack B', '<i>Rack</i> C\n'], way)
  },
  'bridge renamed': (world, _, way) => renameRow(nodeOf(world, way), 'vmbr1', 'vmbr7'),
  'card renamed': (world, _, way) => {
    const node = nodeOf(world, way)
    const [from, to] = way % 2 === 0 ? ['eno3', 'enp5s0'] : ['enp5s0', 'eno3']
    renameRow(node, from, to)
    const row = rowOf(node, to)
    if (row !== undefined && way % 3 > 0) row.altnames = [from]
  },
  'bridge gone': (world, _, way) => {
    const node = nodeOf(world, way)
    node.network = node.network.filter(({ iface }) => iface !== 'vmbr1' && iface !== 'vmbr7')
  },
  'bond dissolved': (world, _, way) => {
    const bond = rowOf(nodeOf(world, way), 'bond0')
    if (bond !== undefined) bond.slaves = pick(['eno1', 'eno1 eno2', 'eno1 eno2 eno4'], way)
  },
  'other port': (world, _, way) => {
    const bridge = rowOf(nodeOf(world, way), 'vmbr1')
    if (bridge !== undefined) bridge.bridge_ports = pick(['eno4', 'none', 'eno3'], way)
  },
  'node network': (world, _, way) => {
    const row = rowOf(nodeOf(world, way), pick(['vmbr0', 'vmbr1', 'vmbr0.50'], way))
    if (row === undefined) return
    const cidr = pick(['10.9.0.5/24', '192.168.10.200/24'], way)
    const [address = ''] = cidr.split('/')
    const more: NetworkRow[] = [
      { mtu: 9000 },
      { comments: 'by the wall\n' },
      { active: false, autostart: false },
      { method: 'static', address, netmask: '24', cidr },
      { method6: 'static', address6: '2001:db8:7::1', netmask6: 64, cidr6: '2001:db8:7::1/64' },
      { 'vlan-id': 60 }
    ]
    const one = pick(more, way)
    if (one['vlan-id'] === undefined || row.type === 'vlan') Object.assign(row, one)
  }
} satisfies Record<string, Way>

/** The cluster as a whole. */
export const clusterWays = {
  'cluster name': (world, _, way) => {
    if (world.clusterName !== null) world.clusterName = pick(['lab', 'LAB', 'office'], way)
  },
  quorum: (world) => {
    if (world.clusterName !== null) world.quorate = !world.quorate
  },
  colours: (world, _, way) => {
    const map = pick(['web:0000FF;db:00ff00', 'prod:cc0000:ffffff', ''], way)
    world.options['tag-style'] = map === '' ? {} : { 'color-map': map }
  },
  vnet: (world, _, way) => {
    const [vnet] = world.sdnVnets
    if (vnet !== undefined) vnet.tag = 110 + (way % 3)
  }
} satisfies Record<string, Way>
