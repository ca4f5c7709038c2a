import {
  type LedgerRow,
  type NetBoxConnection,
  type NetBoxIdentity,
  ProxboxError,
  type SeenAddress,
  type Settings,
  type SyncType
} from '@proxbox/contracts'
import type { ClusterConnection, DesiredOptions } from '@proxbox/reconcile'
import type { Static } from 'typebox'
import type { StreamQuery } from '../backend/query.ts'
import type { ReadProxmox } from './identify-clusters.ts'
import type { CurrentNetBox } from './read-netbox.ts'

export interface OptionFacts {
  readonly connection: NetBoxConnection
  readonly settings: Settings
  readonly proxmox: ReadProxmox
  readonly current: CurrentNetBox
  readonly identity: Static<typeof NetBoxIdentity>
  readonly query: StreamQuery
  readonly types: readonly SyncType[]
  readonly ledger: readonly LedgerRow[]
  readonly seen: readonly SeenAddress[]
  readonly now: Date
}

/** Pure: what a Run wants, from the NetBox Endpoint, the settings and the request; the request goes before the settings. */
export function desiredOptionsFrom(facts: OptionFacts): DesiredOptions {
  const { connection, settings, query } = facts
  const vmKeys = vmKeysOf(facts)
  return {
    now: facts.now.toISOString(),
    netboxVersion: facts.current.version,
    endpoint: {
      ramBase: connection.ram_base === 1000 ? 1000 : 1024,
      diskBase: connection.disk_base === 1000 ? 1000 : 1024,
      primaryIpPolicy: connection.primary_ip_policy,
      primaryIpSubnet: connection.primary_ip_subnet,
      pinToNode: connection.pin_to_node,
      createDefaultSite: connection.create_default_site,
      vlanCreate: connection.vlan_create,
      platformCreate: connection.platform_create,
      missingPolicy: connection.missing_policy,
      rebuiltPolicy: connection.rebuilt_policy,
      policies: connection.policies
    },
    settings,
    useGuestAgentInterfaceName:
      query.options.use_guest_agent_interface_name ?? settings.use_guest_agent_interface_name,
    ignoreIpv6LinkLocal:
      query.options.ignore_ipv6_link_local_addresses ?? settings.ignore_ipv6_link_local_addresses,
    syncTypes: facts.types,
    ...(vmKeys === undefined ? {} : { vmKeys }),
    identityTag: { slug: facts.identity.tag, name: facts.identity.tag },
    connections: Object.fromEntries(
      [...facts.proxmox.connections].map(([clusterId, one]) => [clusterId, clusterConnection(one)])
    ),
    mergedClusters: facts.proxmox.merged,
    reference: facts.current.items,
    seenAddresses: new Map(facts.seen.map(({ key, since }) => [key, since]))
  }
}

type Connection = ReadProxmox['connections'] extends ReadonlyMap<string, infer C> ? C : never

const clusterConnection = (one: Connection): ClusterConnection => ({
  endpointId: one.id,
  endpointName: one.name,
  site: one.site,
  tenant: one.tenant,
  netboxCluster: one.netbox_cluster,
  notes: one.notes,
  linkBase: one.link_base
})

/** The guests that a Run is narrowed to. @throws ProxboxError FIELD_INVALID for a VM that is not kept by Proxbox. */
function vmKeysOf({ query, ledger, connection }: OptionFacts): ReadonlySet<string> | undefined {
  if (query.netboxVmIds.length === 0) return undefined
  const known = new Map(
    ledger.filter((row) => row.kind === 'vm').map((row) => [row.netbox_id, row.key])
  )
  const unknown = query.netboxVmIds.find((id) => !known.has(id))
  if (unknown !== undefined) {
    throw new ProxboxError('FIELD_INVALID', {
      field: 'netbox_vm_ids',
      problem: `VM ${unknown} of NetBox ${connection.name} is not kept by Proxbox.`,
      remedy: 'Run a sync of all guests first.'
    })
  }
  return new Set(query.netboxVmIds.map((id) => known.get(id) ?? ''))
}
