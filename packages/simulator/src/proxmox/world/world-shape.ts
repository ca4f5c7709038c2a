/** The Proxmox VE releases whose behaviour is modelled. */
export type Version = '7.4' | '8.4' | '9.2'

/** How a guest agent treats a question. */
export type AgentBehaviour = 'answers' | 'silent' | 'error-in-200' | 'nonsense' | 'empty' | 'none'

/** Values as the config file gives them; booleans are printed as 0 and 1 on the wire. */
export type ConfigValue = string | number | boolean | string[][]
export type Config = Record<string, ConfigValue>

export interface Address {
  address: string
  family: 4 | 6
  prefix: number
}

/** An interface as seen from inside a guest. */
export interface RuntimeInterface {
  name: string
  /** Lower case; absent for tunnels and some loopbacks. */
  mac?: string
  addresses: Address[]
}

export interface Snapshot {
  name: string
  description: string
  /** Epoch seconds. */
  snaptime: number
  parent?: string
  vmstate: boolean
  config: Config
}

export interface OsInfo {
  id: string
  name: string
  prettyName: string
  version: string
  versionId: string
  kernelRelease: string
}

export interface Guest {
  vmid: number
  type: 'qemu' | 'lxc'
  node: string
  /** QMP run state: besides running and stopped also paused, prelaunch, io-error, suspended. */
  status: string
  config: Config
  /** Staged changes; null means that the key is to be deleted. */
  pending: Record<string, ConfigValue | null>
  snapshots: Snapshot[]
  agent: AgentBehaviour
  interfaces: RuntimeInterface[]
  osInfo: OsInfo
  pool?: string
  /** Seconds since start; 0 when stopped. */
  uptime: number
}

export interface NodeDisk {
  devpath: string
  model: string
  serial: string
  sizeBytes: number
  type: 'hdd' | 'ssd' | 'nvme'
  used: string
}

/** A row of /nodes/{node}/network: text and numbers as pve-common prints them. */
export type NetworkRow = Record<string, string | number | boolean | string[] | null>

export interface WorldNode {
  name: string
  nodeid: number
  /** Management address, the one that /cluster/status shows. */
  address: string
  online: boolean
  /** False once the last stats broadcast is older than five minutes. */
  statsFresh: boolean
  cpuModel: string
  cores: number
  sockets: number
  memoryBytes: number
  description: string
  network: NetworkRow[]
  /** Staged network changes as a diff, shown as `changes`. */
  networkChanges?: string
  disks: NodeDisk[]
}

export interface Storage {
  id: string
  type: string
  content: string
  shared: boolean
  disabled: boolean
  /** Names of the nodes it is limited to; absent means all. */
  nodes?: string[]
  settings: Record<string, string | number>
  totalBytes: number
  usedBytes: number
}

export interface Backup {
  storage: string
  /** For storages that are not shared: the node that holds it. */
  node?: string
  vmid: number
  type: 'qemu' | 'lxc'
  volid: string
  format: string
  sizeBytes: number
  /** Epoch seconds. */
  ctime: number
  notes?: string
  protected: boolean
  verification?: 'ok' | 'failed'
}

export interface Task {
  upid: string
  node: string
  type: string
  id: string
  user: string
  starttime: number
  endtime?: number
  status?: string
}

/** One access rule: privileges on a path. The pseudo privilege `NoAccess` blocks everything below it. */
export interface AccessRule {
  path: string
  privileges: string[]
  propagate: boolean
}

export interface User {
  /** user@realm */
  id: string
  password: string
  /** True only for root@pam: everything is allowed, also what declares no permissions. */
  superuser: boolean
  rules: AccessRule[]
}

export interface Token {
  /** user@realm!name */
  id: string
  secret: string
  /** With separation the rights are those of the owner AND of the token's own rules. */
  privsep: boolean
  /** Epoch seconds; 0 means never. */
  expire: number
  rules: AccessRule[]
}

export interface HaResource {
  sid: string
  /** What was asked for. */
  state: string
  /** How far HA is with it; absent: there. */
  crmState?: string
  group?: string
}

/** Public certificate facts per node; filled in when a server opens on this world. */
export interface NodeCertificate {
  pem: string
  fingerprint: string
  subject: string
  issuer: string
  notbefore: number
  notafter: number
  san: string[]
}

/** A zone or vnet as SDN's configuration has it. */
export type SdnRow = Record<string, string | number>

/** A whole Proxmox VE installation as plain data: equal options give equal worlds. */
export interface World {
  version: Version
  seed: number
  /** null on a stand-alone node. */
  clusterName: string | null
  quorate: boolean
  /** Epoch seconds at which the generated past ends. */
  now: number
  /** Added to the clock of the caller by `/nodes/{node}/time`. */
  clockSkewSeconds: number
  nodes: WorldNode[]
  guests: Guest[]
  storages: Storage[]
  backups: Backup[]
  pools: { id: string; comment?: string }[]
  tasks: Task[]
  ha: HaResource[]
  haGroups: Record<string, string | number>[]
  haRules: Record<string, string | number>[]
  backupJobs: Record<string, unknown>[]
  replication: Record<string, string | number>[]
  options: Record<string, unknown>
  sdnInstalled: boolean
  /** In force; `zone` and `type` are in each. */
  sdnZones: SdnRow[]
  /** In force; `vnet` and `zone` are in each. */
  sdnVnets: SdnRow[]
  /** What was entered and not applied, by name; null is an object that is to go. */
  sdnStaged: { zones: Record<string, SdnRow | null>; vnets: Record<string, SdnRow | null> }
  users: User[]
  tokens: Token[]
  /** Signs tickets; never leaves the world. */
  ticketKey: string
  certificates: { ca: NodeCertificate; nodes: Record<string, NodeCertificate> } | null
  /** How long a wrong login waits (3000 ms in the original). */
  authDelayMs: number
  /** How long a silent agent blocks its worker (3000 ms in the original). */
  agentDelayMs: number
  /** Next free numbers for generated MACs and addresses. */
  counters: { mac: number; address: number }
}

export interface WorldOptions {
  /** Default 1. */
  seed?: number
  /** Default 20. */
  guests?: number
  /** Default 1. */
  nodes?: number
  /** Default '8.4'. */
  version?: Version
  /** Empty or absent with one node: stand-alone. */
  clusterName?: string
  /** The last so many nodes are off, their stats expired. */
  offlineNodes?: number
  /** Default true: a few guests are templates. */
  templates?: boolean
  /** Second octet (0–255) of the first guest network, low octet block of the MACs. Default 10. */
  addressBase?: number
  /** Default 100. */
  vmidBase?: number
  /** Every guest a running VM with exactly one NIC, disk, MAC and address. */
  simple?: boolean
  authDelayMs?: number
  agentDelayMs?: number
}
