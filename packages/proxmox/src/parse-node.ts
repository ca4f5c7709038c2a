import type { Node, NodeInterface } from '@proxbox/contracts'
import type { Static, StaticDecode } from 'typebox'
import { cidrFrom } from './config/address.ts'
import { defined } from './defined.ts'
import { decode, decodeRows, NonsenseError, tryDecode } from './wire/decode.ts'
import { CertificateRow, NetworkRow, NodeConfig, NodeStatus } from './wire/schemas.ts'

type EstateNode = Static<typeof Node>
type Interface = Static<typeof NodeInterface>

/** Pure: /nodes/{node}/status. @throws NonsenseError */
export function nodeFactsFrom(data: unknown): Partial<EstateNode> {
  const status = decode(NodeStatus, data, 'the status of the node')
  if (status.pveversion === undefined) throw new NonsenseError('the status of the node is empty')
  return defined({
    // pve-manager/9.2.11/hash
    pveVersion: status.pveversion?.split('/')[1] ?? status.pveversion,
    kernel: status['current-kernel']?.release ?? /^Linux (\S+)/.exec(status.kversion ?? '')?.[1],
    cpuModel: status.cpuinfo?.model,
    cpus: status.cpuinfo?.cpus,
    memoryBytes: status.memory?.total
  })
}

/** Pure: the notes of /nodes/{node}/config. @throws NonsenseError */
export function nodeNotesFrom(data: unknown): string | undefined {
  return (
    decode(NodeConfig, data, 'the configuration of the node').description?.trimEnd() || undefined
  )
}

/** Pure: /nodes/{node}/network, sorted by name. @throws NonsenseError when it is no list or an empty one */
export function nodeInterfacesFrom(data: unknown): {
  interfaces: Interface[]
  /** Rows that could not be read, and bridges of which only the name may be seen. */
  broken: number
  /** What listed bonds, bridges and VLANs are made of, and what is not listed itself. */
  absent: string[]
} {
  const { rows, broken } = decodeRows(NetworkRow, data, 'the network of the node')
  // Whatever may be seen, the card that answered is there.
  if (rows.length + broken === 0) throw new NonsenseError('the network of the node is empty')
  const whole = rows.filter((row) => row.type !== undefined && row.type !== 'loopback')
  const stubs = rows.filter((row) => row.type === undefined)
  const interfaces = whole.map(interfaceFrom).sort((a, b) => a.name.localeCompare(b.name))
  return { interfaces, broken: broken + stubs.length, absent: absentFrom(interfaces, rows) }
}

/** Ports may be told by a pattern, and a VLAN of a port needs no row (`eno1.5`): only plain names must be there. */
function absentFrom(interfaces: readonly Interface[], rows: readonly { iface: string }[]) {
  const listed = new Set(rows.map(({ iface }) => iface))
  const parts = interfaces.flatMap(({ bridgePorts, bondSlaves, vlanRawDevice = [] }) => {
    const isPattern = bridgePorts.some((port) => port === 'regex' || port === 'glob')
    return [...(isPattern ? [] : bridgePorts), ...bondSlaves, ...[vlanRawDevice].flat()]
  })
  const plain = parts.filter((name) => /^[\w-]+$/.test(name) && !listed.has(name))
  return [...new Set(plain)].sort()
}

function interfaceFrom(row: StaticDecode<typeof NetworkRow>): Interface {
  const addresses = [
    cidrFrom(row.cidr) ?? cidrFrom(`${row.address}/${row.netmask}`),
    cidrFrom(row.cidr6) ?? cidrFrom(`${row.address6}/${row.netmask6}`)
  ]
  const ports = [...(row.bridge_ports ?? []), ...(row.ovs_ports ?? [])]
  return defined({
    name: row.iface,
    type: row.type ?? 'unknown',
    active: row.active === true,
    autostart: row.autostart === true,
    addresses: addresses.filter((address) => address !== undefined),
    mtu: row.mtu,
    comments: row.comments?.trimEnd() || undefined,
    bridgePorts: ports.filter((port) => port !== 'none'),
    bondSlaves: [...(row.slaves ?? []), ...(row.ovs_bonds ?? [])].filter((name) => name !== 'none'),
    bridgeVlanAware: row.bridge_vlan_aware === true,
    vlanId: row['vlan-id'] ?? row.ovs_tag,
    vlanRawDevice: row['vlan-raw-device'],
    altNames: row.altnames ?? []
  })
}

export interface ClusterCa {
  readonly fingerprint: string
  readonly pem?: string
}

/** Pure: the cluster's own CA among /nodes/{node}/certificates/info: the same on every node of one cluster. */
export function clusterCaFrom(data: unknown): ClusterCa | undefined {
  if (!Array.isArray(data)) return undefined
  const rows = data.map((row: unknown) => tryDecode(CertificateRow, row))
  const root = rows.find((row) => row?.filename === 'pve-root-ca.pem')
  if (root?.fingerprint === undefined) return undefined
  return defined({ fingerprint: root.fingerprint.toUpperCase(), pem: root.pem })
}
