import type {
  DecisionRule,
  Intent,
  LedgerRow,
  NetBoxIdentity,
  Quarantined,
  SeenAddress,
  SyncType
} from '@proxbox/contracts'
import type { NetBox } from '@proxbox/netbox'
import type { Static } from 'typebox'
import { type Facts, openFacts } from './facts.ts'
import { identifyClusters, type ReadProxmox } from './identify-clusters.ts'
import { type CurrentNetBox, readNetBox } from './read-netbox.ts'
import { readProxmox } from './read-proxmox.ts'
import type { SyncParts } from './run-parts.ts'
import { identify, type Targets } from './targets.ts'

/** What the inventory and the registry remember of this NetBox. */
export interface Known {
  readonly ledger: readonly LedgerRow[]
  readonly intents: readonly Intent[]
  readonly quarantine: readonly Quarantined[]
  readonly decisions: readonly DecisionRule[]
  readonly seen: readonly SeenAddress[]
}

export interface Sides {
  readonly proxmox: ReadProxmox
  readonly current: CurrentNetBox
  readonly identity: Static<typeof NetBoxIdentity>
  readonly facts: Facts
  readonly known: Known
}

/** Reads Proxmox and NetBox side by side, then what is known of both. */
export async function readSides(
  parts: SyncParts,
  targets: Targets,
  netbox: NetBox
): Promise<Sides> {
  const { bus, lease, reporter, types, query } = parts
  const { signal } = lease
  const concurrency =
    query.options.fetch_max_concurrency ?? targets.settings.proxbox_fetch_max_concurrency
  const [current, endpoints] = await Promise.all([
    readNetBox(netbox, types, reporter, signal),
    readProxmox(targets.proxmox, { bus, reporter, concurrency, facets: facetsOf(types) }, signal)
  ])
  const identity = await identify(parts, targets.connection, current.identityTags)
  const proxmox = await identifyClusters(endpoints, { bus, netbox: identity.netbox }, signal)
  const facts = openFacts(bus, { claim: lease.claim, netbox: identity.netbox }, signal)
  return { proxmox, current, identity, facts, known: await readKnown(facts) }
}

async function readKnown(facts: Facts): Promise<Known> {
  const [ledger, intents, quarantine, decisions, seen] = await Promise.all([
    facts.readLedger(),
    facts.readIntents(),
    facts.readQuarantine(),
    facts.readDecisions(),
    facts.readSeenAddresses()
  ])
  return { ledger, intents, quarantine, decisions, seen }
}

/** Pure: what must be asked of Proxmox for these sync types. */
function facetsOf(types: readonly SyncType[]) {
  const has = (...wanted: SyncType[]) => wanted.some((type) => types.includes(type))
  return {
    agent: has('virtual-machines', 'ip-addresses'),
    // VLANs of NICs too are told by the bridges of the nodes.
    networks: has('devices', 'network-interfaces', 'ip-addresses'),
    storages: has('storage')
  }
}
