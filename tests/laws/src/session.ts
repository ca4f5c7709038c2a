import { type ClusterEstate, defaultSettings, type Estate, type Plan } from '@proxbox/contracts'
import { type DesiredOptions, kindsFor, planChanges } from '@proxbox/reconcile'
import { execute, type Tick } from './execute.ts'
import { Inventory } from './inventory.ts'
import type { Store } from './store.ts'

const syncTypes = [
  'devices',
  'virtual-machines',
  'vm-disks',
  'network-interfaces',
  'ip-addresses'
] as const

const endpoint: DesiredOptions['endpoint'] = {
  ramBase: 1024,
  diskBase: 1024,
  primaryIpPolicy: 'when-unset',
  primaryIpSubnet: null,
  pinToNode: true,
  createDefaultSite: false,
  vlanCreate: true,
  platformCreate: true,
  missingPolicy: 'keep',
  rebuiltPolicy: 'hold',
  policies: {}
}

/** One NetBox, the inventory's memory of it, and Runs between them. */
export class Session {
  readonly store: Store
  readonly inventory: Inventory
  readonly more: Partial<DesiredOptions>

  constructor(store: Store, inventory = new Inventory(), more: Partial<DesiredOptions> = {}) {
    this.store = store
    this.inventory = inventory
    this.more = more
  }

  copy(): Session {
    return new Session(this.store.copy(), this.inventory.copy(), this.more)
  }

  plan(...clusters: readonly ClusterEstate[]): Plan {
    return this.planEstate({ clusters: [...clusters], gaps: [] })
  }

  planEstate(estate: Estate): Plan {
    const { owned, reference } = kindsFor(syncTypes, this.store.version)
    const current = this.store.read([...new Set([...owned, ...reference])])
    const connections = Object.fromEntries(
      estate.clusters.map(({ clusterId }, index) => [
        clusterId,
        {
          endpointId: index + 1,
          endpointName: `pve ${clusterId}`,
          site: null,
          tenant: null,
          netboxCluster: null,
          notes: true,
          linkBase: null
        }
      ])
    )
    const options = {
      now: '2026-01-01T00:00:00Z',
      netboxVersion: this.store.version,
      endpoint,
      settings: defaultSettings,
      useGuestAgentInterfaceName: true,
      ignoreIpv6LinkLocal: true,
      syncTypes,
      identityTag: { slug: 'proxbox-i1', name: 'Proxbox i1' },
      connections,
      reference: current,
      ...this.more
    }
    const ledger = [...this.inventory.ledger.values()]
    const intents = [...this.inventory.intents.values()]
    return planChanges({
      estate,
      options,
      current,
      ledger,
      intents,
      quarantine: [],
      decisions: []
    })
  }

  apply(plan: Plan, tick: Tick = () => {}, random: () => number = () => 0.5): void {
    execute(plan, {
      store: this.store,
      inventory: this.inventory,
      tick,
      chunks: (entries) => {
        const mixed = entries
          .map((entry) => [random(), entry] as const)
          .sort(([a], [b]) => a - b)
          .map(([, entry]) => entry)
        const size = 1 + Math.floor(random() * 8)
        return Array.from({ length: Math.ceil(mixed.length / size) }, (_, index) =>
          mixed.slice(index * size, (index + 1) * size)
        )
      }
    })
  }

  sync(...clusters: readonly ClusterEstate[]): Plan {
    const plan = this.plan(...clusters)
    this.apply(plan)
    return plan
  }
}
