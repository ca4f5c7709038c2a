import type {
  CurrentItem,
  Estate,
  Item,
  Notice,
  Policy,
  SeenAddress,
  Settings,
  SyncType
} from '@proxbox/contracts'

/** What a cluster's Proxmox Endpoint says about it. */
export interface ClusterConnection {
  readonly endpointId: number
  readonly endpointName: string
  /** Slug of a site, or null: NetBox's only one. */
  readonly site: string | null
  /** Slug of a tenant. */
  readonly tenant: string | null
  /** Name of the NetBox cluster that this one is. */
  readonly netboxCluster: string | null
  readonly notes: boolean
  /** `https://pve.example.org:8006`; null while it is not known: no link is sent. */
  readonly linkBase: string | null
}

export interface EndpointOptions {
  readonly ramBase: number
  readonly diskBase: number
  readonly primaryIpPolicy: 'when-unset' | 'always' | 'never' | 'prefer-subnet'
  readonly primaryIpSubnet: string | null
  readonly pinToNode: boolean
  readonly createDefaultSite: boolean
  readonly vlanCreate: boolean
  readonly platformCreate: boolean
  /** What becomes of a guest that stays missing; retired only with `delete`. */
  readonly missingPolicy: 'keep' | 'delete'
  /** Whether a guest built again under another VMID takes over its predecessor's object. */
  readonly rebuiltPolicy: 'hold' | 'follow'
  /** Policies that differ from the table of kinds, by `kind.field`. */
  readonly policies: Readonly<Record<string, Policy>>
}

export interface DesiredOptions {
  /** The moment of this Run (ISO): the core has no clock. */
  readonly now: string
  /** `4.7.3` */
  readonly netboxVersion: string
  readonly endpoint: EndpointOptions
  readonly settings: Settings
  readonly useGuestAgentInterfaceName: boolean
  readonly ignoreIpv6LinkLocal: boolean
  readonly syncTypes: readonly SyncType[]
  /** Keys of the guests of a narrowed Run; absent = all. */
  readonly vmKeys?: ReadonlySet<string>
  readonly identityTag: { readonly slug: string; readonly name: string }
  /** By cluster id. */
  readonly connections: Readonly<Record<string, ClusterConnection>>
  /** Cluster ids that have become one with an older one → that one: what NetBox has of them is compared no more. */
  readonly mergedClusters?: ReadonlyMap<string, string>
  /** Sites, tenants, VLANs, VLAN groups, prefixes, VRFs, locations, regions, site groups, platforms as NetBox has them. */
  readonly reference: readonly CurrentItem[]
  /** False for a Run that a person approved: neither budget, nor what vanished, nor a change of scope is held. */
  readonly budget?: boolean
  /** Names written last, by key: who has the plain name keeps it, and a silent agent renames nothing. */
  readonly lastNames?: ReadonlyMap<string, string>
  /** Names that NetBox holds now, by key, and the keys whose name a person changed there. */
  readonly currentNames?: ReadonlyMap<string, string>
  readonly editedNames?: ReadonlySet<string>
  /** Names that interfaces of a guest keep in NetBox, by key of the guest and of the interface. */
  readonly interfaceNames?: ReadonlyMap<string, ReadonlyMap<string, string>>
  /** Keys of guests that are gone from a whole list: they give their names to living ones. */
  readonly yieldingNames?: ReadonlySet<string>
  /** Keys of guests that told their platform themselves: a configuration's word does not replace an agent's. */
  readonly platformKnown?: ReadonlySet<string>
  /** Since when (ISO) addresses that NetBox did not have are seen, by key: what Runs remembered. */
  readonly seenAddresses: ReadonlyMap<string, string>
  /** Keys of addresses that the Ledger has. */
  readonly keptAddresses?: ReadonlySet<string>
  /** NetBox keys of our clusters, by key. */
  readonly currentKeys?: ReadonlyMap<string, string>
  /** Value of `proxmox_cluster` written last, by key of the cluster: an id in brackets stays. */
  readonly lastLabels?: ReadonlyMap<string, string>
}

const none = { names: new Map<string, string>(), keys: new Set<string>() }

/** Pure: what is known of names, for those that must be unique. */
export const knownNames = (options: DesiredOptions) => ({
  last: options.lastNames ?? none.names,
  current: options.currentNames ?? none.names,
  edited: options.editedNames ?? none.keys,
  yielding: options.yieldingNames ?? none.keys
})

/** What guests tell of their addresses. */
export interface ToldAddresses {
  /** Those that are no Items yet. */
  readonly waiting: readonly SeenAddress[]
  /** Keys of all, waiting or not. */
  readonly told: ReadonlySet<string>
}

export interface HeldCluster {
  readonly cluster: string
  readonly code: string
  readonly reason: string
}

export interface Desired {
  readonly items: readonly Item[]
  readonly addresses: ToldAddresses
  readonly notices: readonly Notice[]
  readonly held: readonly HeldCluster[]
}

export type Cluster = Estate['clusters'][number]
