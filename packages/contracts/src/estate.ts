import Type, { type Static } from 'typebox'

/**
 * What was read from Proxmox for a Run; immutable. Absent = not known, never "empty"; what could not be read is named
 * in `gaps`. Sizes: MiB where the name says so, else bytes. Times: epoch seconds where the name says so.
 */
const Text = Type.String()
const OptText = Type.Optional(Text)
const OptInt = Type.Optional(Type.Integer())
const OptBool = Type.Optional(Type.Boolean())

export const gapReasons = [
  'denied',
  'timeout',
  'offline',
  'error',
  'partial',
  'empty',
  'nonsense',
  'no-quorum'
] as const
export const gapFacets = [
  'list',
  'status',
  'config',
  'agent',
  'interfaces',
  'network',
  'sdn',
  'content',
  'snapshots',
  'options',
  'permissions'
] as const

/** A scope that could not be read: nothing inside it is deleted, blanked, retired or renamed. */
export const Gap = Type.Object({
  /** Cluster id once known, else the Endpoint's name. */
  cluster: Text,
  scope: Type.Enum(['cluster', 'guests', 'nodes', 'storages', 'node', 'storage', 'guest']),
  node: OptText,
  storage: OptText,
  vmid: OptInt,
  facet: Type.Enum([...gapFacets]),
  reason: Type.Enum([...gapReasons]),
  /** One sentence with Proxmox's own words. */
  detail: Text,
  /** What a person can do about it, with the command where there is one. */
  remedy: OptText
})
export type Gap = Static<typeof Gap>

export const Nic = Type.Object({
  /** `net0` */
  slot: Text,
  /** qemu: virtio, e1000, …; lxc: veth */
  model: Text,
  /** Upper case with colons. */
  mac: OptText,
  bridge: OptText,
  vlan: OptInt,
  /** Tagged VLAN ids, ranges expanded. */
  trunks: Type.Array(Type.Integer()),
  linkDown: Type.Boolean(),
  firewall: Type.Boolean(),
  /** 1 = the bridge's. */
  mtu: OptInt,
  /** LXC: the interface's name inside (`eth0`). */
  guestName: OptText,
  /** Static addresses with prefix length, from LXC `ip`/`ip6` or cloud-init ipconfigN; dhcp, auto and manual are absent. */
  addresses: Type.Array(Text),
  rateMBps: Type.Optional(Type.Number())
})
export type Nic = Static<typeof Nic>

export const Disk = Type.Object({
  /** `scsi0`, `rootfs`, `mp0`, `efidisk0`, … */
  slot: Text,
  storage: OptText,
  /** Volume without storage: `vm-100-disk-0` */
  volume: OptText,
  /** Absent when the configuration tells no size (passthrough). */
  sizeBytes: OptInt,
  media: Type.Enum(['disk', 'cdrom', 'cloud-init', 'efi', 'tpm', 'unused', 'passthrough', 'bind']),
  format: OptText,
  mountPoint: OptText
})
export type Disk = Static<typeof Disk>

export const GuestConfig = Type.Object({
  digest: OptText,
  name: OptText,
  description: OptText,
  /** sockets × cores; absent for LXC without cores (all of the host's). */
  vcpus: OptInt,
  sockets: OptInt,
  cores: OptInt,
  memoryMiB: Type.Integer(),
  onBoot: Type.Boolean(),
  template: Type.Boolean(),
  osType: OptText,
  agentEnabled: Type.Boolean(),
  unprivileged: OptBool,
  searchDomain: OptText,
  tags: Type.Array(Text),
  lock: OptText,
  nics: Type.Array(Nic),
  disks: Type.Array(Disk),
  smbiosUuid: OptText,
  smbiosSerial: OptText,
  vmgenid: OptText,
  /** From `meta`: epoch seconds. */
  createdAtSeconds: OptInt,
  machine: OptText,
  bios: OptText,
  /** Keys that nobody knows: kept, never fatal. */
  unknownKeys: Type.Array(Text)
})
export type GuestConfig = Static<typeof GuestConfig>

/** One interface as the guest itself reports it (QEMU agent, LXC interfaces). */
export const GuestInterface = Type.Object({
  name: Text,
  mac: OptText,
  addresses: Type.Array(
    Type.Object({ address: Text, prefixLength: Type.Integer(), family: Type.Enum([4, 6]) })
  )
})
export type GuestInterface = Static<typeof GuestInterface>

export const guestStatuses = [
  'running',
  'stopped',
  'paused',
  'suspended',
  'prelaunch',
  'io-error',
  'internal-error',
  'unknown'
] as const

export const Guest = Type.Object({
  vmid: Type.Integer(),
  type: Type.Enum(['qemu', 'lxc']),
  node: Text,
  /** Absent when the row carried none (stats older than 5 min). */
  name: OptText,
  status: Type.Enum([...guestStatuses]),
  template: OptBool,
  tags: Type.Optional(Type.Array(Text)),
  /** Empty: in no pool. */
  pool: OptText,
  /** The state that HA was asked for: started, stopped, disabled, ignored; empty: it is not under HA. */
  haState: OptText,
  lock: OptText,
  /** Absent = gap. */
  config: Type.Optional(GuestConfig),
  /** What the guest reports; absent = not asked or a gap. */
  interfaces: Type.Optional(Type.Array(GuestInterface)),
  /** From the agent: `debian 12`; absent when it never answered. */
  os: Type.Optional(Type.Object({ id: Text, versionId: OptText, prettyName: OptText }))
})
export type Guest = Static<typeof Guest>

export const NodeInterface = Type.Object({
  name: Text,
  /** eth, bond, bridge, vlan, OVSBridge, … as Proxmox says. */
  type: Text,
  active: Type.Boolean(),
  autostart: Type.Boolean(),
  /** With prefix length. */
  addresses: Type.Array(Text),
  mtu: OptInt,
  comments: OptText,
  bridgePorts: Type.Array(Text),
  bondSlaves: Type.Array(Text),
  bridgeVlanAware: Type.Boolean(),
  vlanId: OptInt,
  vlanRawDevice: OptText,
  altNames: Type.Array(Text)
})
export type NodeInterface = Static<typeof NodeInterface>

export const Node = Type.Object({
  /** Id of the registry (`n` + 8 characters); the name until it is resolved. */
  nodeId: Text,
  name: Text,
  online: Type.Boolean(),
  /** Cluster address of the node. */
  ip: OptText,
  pveVersion: OptText,
  kernel: OptText,
  cpuModel: OptText,
  cpus: OptInt,
  memoryBytes: OptInt,
  notes: OptText,
  /** Absent = gap. */
  interfaces: Type.Optional(Type.Array(NodeInterface)),
  /** True when Proxmox shows changes of the network that are not in force. */
  networkStaged: OptBool
})
export type Node = Static<typeof Node>

export const Storage = Type.Object({
  storage: Text,
  /** Absent for a shared one. */
  node: OptText,
  type: Text,
  shared: Type.Boolean(),
  contentTypes: Type.Array(Text),
  status: Text,
  totalBytes: OptInt,
  usedBytes: OptInt
})
export type Storage = Static<typeof Storage>

/** A virtual network of SDN, as it is in force. */
export const Vnet = Type.Object({
  /** What NICs name as their bridge. */
  name: Text,
  zone: Text,
  /** simple, vlan, qinq, vxlan, evpn; absent when the zone was not listed. */
  zoneType: OptText,
  /** The bridge of each node under a zone of type vlan or qinq. */
  zoneBridge: OptText,
  /** VLAN id, inner VLAN id or VXLAN number: the type of the zone says which. */
  tag: OptInt
})
export type Vnet = Static<typeof Vnet>

export const ClusterEstate = Type.Object({
  /** Id of the registry (`c` + 8 characters); empty until it is resolved. */
  clusterId: Text,
  name: Text,
  mode: Type.Enum(['cluster', 'standalone']),
  endpointId: Type.Integer(),
  endpointName: Text,
  version: Text,
  quorate: Type.Boolean(),
  /** SHA-256 of the cluster's CA certificate; absent when it could not be read. */
  caFingerprint: OptText,
  nodes: Type.Array(Node),
  guests: Type.Array(Guest),
  /** True when the guest list was read whole: HTTP 200, privilege held, quorate, plausible. */
  guestListWhole: Type.Boolean(),
  storages: Type.Array(Storage),
  /** Those that NICs hang on; absent = not asked, as no NIC needs it, or a gap. */
  vnets: Type.Optional(Type.Array(Vnet)),
  /** Tag → RRGGBB, lower case, from the datacenter's tag style. */
  tagColors: Type.Record(Text, Text),
  gaps: Type.Array(Gap)
})
export type ClusterEstate = Static<typeof ClusterEstate>

export const Estate = Type.Object({
  clusters: Type.Array(ClusterEstate),
  /** Gaps of Endpoints that could not be read at all. */
  gaps: Type.Array(Gap)
})
export type Estate = Static<typeof Estate>

/** Pure: every gap of an Estate. */
export const gapsOf = (estate: Estate): readonly Gap[] => [
  ...estate.gaps,
  ...estate.clusters.flatMap((cluster) => cluster.gaps)
]

/** Pure: what identifies a gap over Runs: where it is and what could not be read there, whatever the reason. */
export const gapKey = ({ cluster, scope, node, storage, vmid, facet }: Gap): string =>
  [cluster, scope, node ?? '', storage ?? '', vmid ?? '', facet].join('|')
