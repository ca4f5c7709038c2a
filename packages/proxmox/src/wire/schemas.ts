import Type from 'typebox'
import { Bool, Int, Text, Words } from './tolerant.ts'

// Shapes of the answers that are read, as pve-manager 7.4 to 9.2 give them; unknown members are passed over.
/** A name of digits alone may arrive as a number. */
const RequiredText = Type.Decode(Type.Union([Type.String({ minLength: 1 }), Type.Number()]), String)
export const VmId = Type.Decode(
  Type.Union([Type.Integer(), Type.String({ pattern: '^[0-9]+$' })]),
  Number
)

export const Version = Type.Object({ version: RequiredText })
export const Permissions = Type.Record(Type.String(), Type.Record(Type.String(), Type.Unknown()))

/** A row of /access/acl. */
export const AclRow = Type.Object({ path: RequiredText })

/** `online` of this row is not read: some servers put a count there. */
export const ClusterRow = Type.Object({
  type: Type.Literal('cluster'),
  name: RequiredText,
  nodes: Int,
  quorate: Bool
})
export const MemberRow = Type.Object({
  type: Type.Literal('node'),
  name: RequiredText,
  nodeid: Int,
  ip: Text,
  local: Bool,
  online: Bool
})

export const GuestRow = Type.Object({
  type: Type.Enum(['qemu', 'lxc']),
  vmid: VmId,
  node: RequiredText,
  status: Text,
  name: Text,
  template: Bool,
  tags: Text,
  lock: Text,
  pool: Text,
  hastate: Text
})
/** A row of /cluster/ha/resources. */
export const HaRow = Type.Object({ sid: RequiredText, state: Text })
export const NodeRow = Type.Object({ type: Type.Literal('node'), node: RequiredText, status: Text })
/** A row of /nodes; its type is the same, but old releases leave it out. */
export const NodeListRow = Type.Object({ node: RequiredText, status: Text })
export const StorageRow = Type.Object({
  type: Type.Literal('storage'),
  storage: RequiredText,
  node: RequiredText,
  status: Text,
  plugintype: Text,
  content: Words,
  shared: Bool,
  disk: Int,
  maxdisk: Int
})
/** A row of /storage: `nodes` names those that have it, absent means all. */
export const StorageConfigRow = Type.Object({ storage: RequiredText, disable: Bool, nodes: Words })
export const AnyRow = Type.Object({ type: RequiredText })

export const Options = Type.Object({ 'tag-style': Type.Optional(Type.Unknown()) })
export const TagStyle = Type.Object({ 'color-map': Text })

export const NodeStatus = Type.Object({
  pveversion: Text,
  kversion: Text,
  'current-kernel': Type.Optional(Type.Object({ release: Text })),
  cpuinfo: Type.Optional(Type.Object({ model: Text, cpus: Int })),
  memory: Type.Optional(Type.Object({ total: Int }))
})
export const NodeConfig = Type.Object({ description: Text })
export const NetworkRow = Type.Object({
  iface: RequiredText,
  type: Text,
  active: Bool,
  autostart: Bool,
  cidr: Text,
  cidr6: Text,
  address: Text,
  netmask: Text,
  address6: Text,
  netmask6: Text,
  mtu: Int,
  comments: Text,
  bridge_ports: Words,
  ovs_ports: Words,
  slaves: Words,
  ovs_bonds: Words,
  bridge_vlan_aware: Bool,
  'vlan-id': Int,
  'vlan-raw-device': Text,
  ovs_tag: Int,
  altnames: Words
})
/** Rows of /cluster/sdn/vnets and /cluster/sdn/zones with `running=1`. */
export const VnetRow = Type.Object({ vnet: RequiredText, zone: RequiredText, tag: Int })
export const ZoneRow = Type.Object({ zone: RequiredText, type: RequiredText, bridge: Text })
export const CertificateRow = Type.Object({ filename: RequiredText, fingerprint: Text, pem: Text })

export const AgentError = Type.Object({
  error: Type.Object({ class: Text, desc: Text })
})
export const OsInfo = Type.Object({ id: RequiredText, 'version-id': Text, 'pretty-name': Text })
/** Both the QEMU agent's form and that of /lxc/{id}/interfaces, old and new. */
export const GuestInterfaceRow = Type.Object({
  name: RequiredText,
  'hardware-address': Text,
  hwaddr: Text,
  inet: Text,
  inet6: Text,
  'ip-addresses': Type.Optional(Type.Union([Type.Array(Type.Unknown()), Type.Null()]))
})
export const GuestAddressRow = Type.Object({
  'ip-address': RequiredText,
  prefix: Int
})
