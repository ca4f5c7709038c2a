import { type ClusterEstate, defaultSettings, type Estate, type Plan } from '@proxbox/contracts'
import {
  type DesiredOptions,
  kindsFor,
  type PlanInput,
  planChanges,
  planUndo,
  whatToAsk
} from '@proxbox/reconcile'
import { execute, type Tick } from './execute.ts'
import { Inventory, type StoredRun, writtenIn } from './inventory.ts'
import type { NetBoxSide } from './sides/netbox-side.ts'

export const syncTypes = [
  'devices',
  'virtual-machines',
  'vm-disks',
  'network-interfaces',
  'ip-addresses'
] as const

export const endpointDefaults: DesiredOptions['endpoint'] = {
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

export interface SessionOptions {
  readonly more?: Partial<DesiredOptions>
  readonly endpoint?: Partial<DesiredOptions['endpoint']>
  /** What plans instead of the real planner: canaries break it. */
  readonly planner?: (input: PlanInput) => Plan
  readonly inventory?: Inventory
  /** Facts of Proxmox Endpoints, by cluster id. */
  readonly connections?: Readonly<Record<string, Partial<DesiredOptions['connections'][string]>>>
  /** Objects per write; default up to 8. */
  readonly batch?: number
}

const dayMs = 86_400_000

/** One NetBox, the inventory's memory of it, a clock, and Runs between them. */
export class Session {
  readonly netbox: NetBoxSide
  readonly inventory: Inventory
  readonly options: SessionOptions
  now = Date.parse('2026-01-01T00:00:00Z')

  constructor(netbox: NetBoxSide, options: SessionOptions = {}) {
    this.netbox = netbox
    this.inventory = options.inventory ?? new Inventory()
    this.options = options
  }

  /** The same NetBox and memory under other options. */
  with(options: SessionOptions): Session {
    const other = new Session(this.netbox, {
      ...this.options,
      ...options,
      inventory: this.inventory
    })
    other.now = this.now
    return other
  }

  pass(days: number): void {
    this.now += days * dayMs
  }

  /** Remembers both sides; the function brings them back. */
  async save(): Promise<() => Promise<void>> {
    const [netbox, inventory, now] = [await this.netbox.save(), this.inventory.save(), this.now]
    return async () => {
      await netbox()
      inventory()
      this.now = now
    }
  }

  plan(...clusters: readonly ClusterEstate[]): Promise<Plan> {
    return this.planEstate({ clusters: [...clusters], gaps: [] })
  }

  /** A Run that only plans, a day before: IPv6 addresses that guests tell have been seen for long enough. */
  async foresee(...clusters: readonly ClusterEstate[]): Promise<void> {
    await this.foreseeEstate({ clusters: [...clusters], gaps: [] })
  }

  async foreseeEstate(estate: Estate): Promise<void> {
    this.inventory.remember(await this.planEstate(estate))
    this.pass(1)
  }

  /** The options of a Run that sees this Estate and this NetBox. */
  optionsFor(estate: Estate, reference: DesiredOptions['reference']): DesiredOptions {
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
          linkBase: null,
          ...this.options.connections?.[clusterId]
        }
      ])
    )
    return {
      now: new Date(this.now).toISOString(),
      netboxVersion: this.netbox.version,
      endpoint: { ...endpointDefaults, ...this.options.endpoint },
      settings: defaultSettings,
      useGuestAgentInterfaceName: true,
      ignoreIpv6LinkLocal: true,
      syncTypes,
      identityTag: { slug: 'proxbox-i1', name: 'Proxbox i1' },
      connections,
      reference,
      seenAddresses: new Map(this.inventory.seen),
      ...this.options.more
    }
  }

  async planEstate(estate: Estate): Promise<Plan> {
    const { owned, reference } = kindsFor(
      this.options.more?.syncTypes ?? syncTypes,
      this.netbox.version
    )
    const current = await this.netbox.read([...new Set([...owned, ...reference])])
    const planner = this.options.planner ?? planChanges
    const input = {
      estate,
      options: this.optionsFor(estate, current),
      current,
      ledger: [...this.inventory.ledger.values()],
      intents: [...this.inventory.intents.values()],
      quarantine: [...this.inventory.quarantine.values()],
      decisions: this.inventory.decisions
    }
    const plan = planner(input)
    const asked = whatToAsk(plan, input)
    if (asked === undefined) return plan
    const counts = await this.netbox.counts(asked.holders)
    const fates = await this.netbox.fates(asked.objects)
    return planner({ ...input, counts, fates })
  }

  /** Writes a Plan and gives back what the inventory has stored of it. */
  async apply(
    plan: Plan,
    tick: Tick = () => {},
    random: () => number = () => 0.5
  ): Promise<StoredRun> {
    const run = this.inventory.begin(new Date(this.now).toISOString())
    const most = this.options.batch ?? 8
    this.inventory.remember(plan)
    await execute(plan, {
      netbox: this.netbox,
      inventory: this.inventory,
      run,
      tick,
      chunks: (entries) => {
        const mixed = entries
          .map((entry) => [random(), entry] as const)
          .sort(([a], [b]) => a - b)
          .map(([, entry]) => entry)
        const size = this.options.batch ?? 1 + Math.floor(random() * most)
        return Array.from({ length: Math.ceil(mixed.length / size) }, (_, index) =>
          mixed.slice(index * size, (index + 1) * size)
        )
      }
    })
    return run
  }

  async sync(...clusters: readonly ClusterEstate[]): Promise<Plan> {
    return await this.syncEstate({ clusters: [...clusters], gaps: [] })
  }

  async syncEstate(estate: Estate): Promise<Plan> {
    const plan = await this.planEstate(estate)
    await this.apply(plan)
    return plan
  }

  /** The Plan that takes back what a Run has written. */
  async planUndo(run: StoredRun): Promise<Plan> {
    const { owned, reference } = kindsFor(syncTypes, this.netbox.version)
    return planUndo({
      changes: writtenIn(run),
      current: await this.netbox.read([...new Set([...owned, ...reference])]),
      ledger: [...this.inventory.ledger.values()],
      netboxVersion: this.netbox.version,
      identityTag: 'proxbox-i1',
      tagUses: await tagUsesIn(this.netbox),
      run: String(run.id)
    })
  }
}

/** How often NetBox counts each tag, by its id. */
async function tagUsesIn(netbox: NetBoxSide): Promise<Map<number, number>> {
  const page = await netbox.call('GET', 'extras/tags/?limit=1000&fields=id,tagged_items')
  const rows: unknown[] =
    typeof page === 'object' && page !== null && 'results' in page && Array.isArray(page.results)
      ? page.results
      : []
  return new Map(
    rows.flatMap((row) =>
      typeof row === 'object' && row !== null && 'id' in row && 'tagged_items' in row
        ? [[Number(row.id), Number(row.tagged_items)] as const]
        : []
    )
  )
}
