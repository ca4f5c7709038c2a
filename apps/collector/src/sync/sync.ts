import type { Bus } from '@proxbox/bus'
import {
  type CompleteResult,
  type Gap,
  gapsOf,
  type NetBoxConnection,
  type NetBoxIdentity,
  type Plan,
  ProxboxError,
  type ProxmoxConnection,
  type Settings,
  type SyncType
} from '@proxbox/contracts'
import { type NetBox, openNetBox } from '@proxbox/netbox'
import { planChanges } from '@proxbox/reconcile'
import type { Static } from 'typebox'
import type { StreamQuery } from '../backend/query.ts'
import type { Reporter } from '../backend/reporter.ts'
import type { Lease } from '../lease/lease.ts'
import { desiredOptionsFrom } from './desired-options.ts'
import { execute } from './execute.ts'
import { type Facts, openFacts } from './facts.ts'
import { onlyPlanned } from './only-planned.ts'
import { placesFrom } from './places.ts'
import { readNetBox } from './read-netbox.ts'
import { type ReadProxmox, readProxmox } from './read-proxmox.ts'
import { reportPlan, reportStages } from './report-plan.ts'
import { gapFactsFrom, type Names } from './sentences.ts'
import { storageItems } from './storage-items.ts'

export interface SyncParts {
  readonly bus: Pick<Bus, 'ask'>
  readonly lease: Lease
  readonly reporter: Reporter
  readonly query: StreamQuery
  readonly types: readonly SyncType[]
  readonly netboxOptions: { readonly lanes: number; readonly batchSize: number }
}

/** What a Run has come to; the reporter completes it with its counts. */
export type SyncResult = Omit<CompleteResult, 'counts'>

/**
 * One Run, told end to end: read both sides, plan, and, unless the Run only plans, write exactly that. A Run of mode
 * `apply` takes the same road and keeps only what its Plan shows: what either side has changed since is left out.
 */
export async function sync(parts: SyncParts): Promise<SyncResult> {
  const { bus, lease, reporter } = parts
  const { signal } = lease
  const [connection, proxmoxConnections, settings] = await readTargets(parts)
  const writes = mayWrite(lease.mode, connection)
  const netbox = openNetBox(connection, {
    ...parts.netboxOptions,
    changelogMessage: `Proxbox Run ${lease.claim.runId}`,
    beforeWrite: () => lease.checkWritable(connection.write_timeout * 1000)
  })
  try {
    const concurrency =
      parts.query.options.fetch_max_concurrency ?? settings.proxbox_fetch_max_concurrency
    const [current, proxmox] = await Promise.all([
      readNetBox(netbox, parts.types, reporter, signal),
      readProxmox(
        proxmoxConnections,
        { bus, reporter, concurrency, facets: facetsOf(parts.types) },
        signal
      )
    ])
    const identity = await identify(bus, connection, current.identityTags)
    const facts = openFacts(bus, { claim: lease.claim, netbox: identity.netbox }, signal)
    const [ledger, intents] = await Promise.all([facts.readLedger(), facts.readIntents()])
    const options = desiredOptionsFrom({
      connection,
      settings,
      proxmox,
      current,
      identity,
      query: parts.query,
      types: parts.types,
      ledger,
      now: new Date()
    })
    const whole = planChanges({
      estate: proxmox.estate,
      options,
      current: current.items,
      ledger,
      intents,
      quarantine: [],
      decisions: []
    })
    const names = namesOf(proxmox, connection)
    const plan =
      lease.mode === 'apply'
        ? await onlyPlanned(whole, facts, lease.planRunId, {
            reporter,
            names,
            netboxVersion: current.version
          })
        : whole
    const gaps = gapsOf(proxmox.estate)
    reportPlan(plan, gaps, { reporter, names })
    if (writes)
      await apply(
        plan,
        { netbox, facts, reporter, names, places: placesFrom(ledger, plan) },
        signal
      )
    else await facts.storePlan(plan.changes, plan.held)
    if (parts.types.includes('storage')) await recordStorages(proxmox.estate, facts, reporter)
    reportStages(parts.types, reporter)
    return {
      outcome: outcomeOf({ writes, plan, gaps, refused: reporter.refused() }),
      gaps: gaps.map((gap) => gapFactsFrom(gap, names)),
      held: plan.held.length,
      plan: writes ? null : plan.changes.length
    }
  } finally {
    await netbox.close()
  }
}

/** A sync writes where the Endpoint allows it, an apply because a person did. @throws ProxboxError WRITES_OFF */
function mayWrite(mode: Lease['mode'], { name, write_mode: writeMode }: NetBoxConnection): boolean {
  if (mode === 'apply' && writeMode === 'off')
    throw new ProxboxError('WRITES_OFF', { endpoint: name })
  return mode === 'apply' || (mode === 'sync' && writeMode === 'budget')
}

interface ApplyParts {
  readonly netbox: NetBox
  readonly facts: Facts
  readonly reporter: Reporter
  readonly names: Names
  readonly places: Map<string, string>
}

async function apply(plan: Plan, parts: ApplyParts, signal: AbortSignal): Promise<void> {
  await parts.facts.adopt(plan.adoptions)
  const total = writesIn(plan)
  let written = 0
  const onWritten = (objects: number) => {
    written += objects
    parts.reporter.progress(
      'netbox',
      Math.min(written, total),
      total,
      `Written ${written} of ${total}`
    )
  }
  await execute(plan, { ...parts, onWritten }, signal)
}

/** Pure: how many objects the steps write; an interface that brings its MAC counts twice. */
const writesIn = (plan: Plan): number =>
  plan.steps
    .flatMap((step) => step.entries)
    .reduce((sum, entry) => sum + (entry.with_mac === undefined ? 1 : 2), 0)

async function readTargets({
  bus,
  lease,
  query
}: SyncParts): Promise<[NetBoxConnection, ProxmoxConnection[], Settings]> {
  const [connection, proxmox, settings] = await Promise.all([
    bus.ask<NetBoxConnection>('readNetBoxConnection', { body: { id: lease.netboxEndpointId } }),
    bus.ask<{ results: ProxmoxConnection[] }>('readProxmoxConnections', {
      body: { ids: query.proxmoxEndpointIds }
    }),
    bus.ask<Settings>('readSettings', {})
  ])
  if (proxmox.results.length === 0) throw new ProxboxError('NO_PROXMOX_ENDPOINT')
  return [connection, proxmox.results, settings]
}

async function identify(
  bus: Pick<Bus, 'ask'>,
  connection: NetBoxConnection,
  found: readonly string[]
): Promise<Static<typeof NetBoxIdentity>> {
  const identity = await bus.ask<Static<typeof NetBoxIdentity>>('identifyNetBox', {
    body: { netbox_endpoint_id: connection.id, found }
  })
  if (identity.refused !== null)
    throw new ProxboxError('NETBOX_OWNED', {
      endpoint: connection.name,
      owner: identity.refused,
      remedy: identity.remedy
    })
  return identity
}

/** Pure: what must be asked of Proxmox for these sync types. */
function facetsOf(types: readonly SyncType[]) {
  const has = (...wanted: SyncType[]) => wanted.some((type) => types.includes(type))
  return {
    agent: has('virtual-machines', 'ip-addresses'),
    networks: has('network-interfaces', 'devices'),
    storages: has('storage')
  }
}

async function recordStorages(
  estate: Parameters<typeof storageItems>[0],
  facts: Facts,
  reporter: Reporter
): Promise<void> {
  const counts = await facts.recordItems(storageItems(estate))
  for (const what of ['created', 'updated', 'unchanged'] as const)
    reporter.count('storage', what, counts[what])
}

/** Pure: a Run that only planned and found something waits for a person; gaps and refusals degrade. */
function outcomeOf(facts: {
  writes: boolean
  plan: Plan
  gaps: readonly Gap[]
  refused: number
}): SyncResult['outcome'] {
  if (!facts.writes && facts.plan.changes.length > 0) return 'awaiting_approval'
  const isHeldWhole = facts.plan.notices.some((notice) => notice.code === 'SITE_MISSING')
  return facts.gaps.length > 0 || facts.refused > 0 || isHeldWhole ? 'degraded' : 'succeeded'
}

/** Pure: what people call what was read. */
function namesOf({ estate, connections }: ReadProxmox, netbox: NetBoxConnection): Names {
  const guests = new Map(
    estate.clusters.flatMap(({ clusterId, guests }) =>
      guests.map((guest) => [`${clusterId}/${guest.vmid}`, guest.config?.name ?? guest.name])
    )
  )
  return {
    netbox: netbox.name,
    proxmox: (cluster) => connections.get(cluster)?.name,
    guest: (cluster, vmid) => guests.get(`${cluster}/${vmid}`)
  }
}
