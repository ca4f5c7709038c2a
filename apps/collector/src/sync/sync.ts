import {
  approvableGuards,
  gapKey,
  gapsOf,
  type NetBoxConnection,
  type Plan
} from '@proxbox/contracts'
import type { NetBox } from '@proxbox/netbox'
import { desiredOptionsFrom } from './desired-options.ts'
import type { ReadProxmox } from './identify-clusters.ts'
import { onlyPlanned } from './only-planned.ts'
import { outcomeOf } from './outcome-of.ts'
import { planSparing } from './plan-sparing.ts'
import { readSides, type Sides } from './read-sides.ts'
import { recordConflicts, recordGaps, withEditors } from './record-review.ts'
import { releaseUnwanted } from './release-unwanted.ts'
import { reportPlan, reportStages } from './report-plan.ts'
import type { SyncParts, SyncResult } from './run-parts.ts'
import { gapFactsFrom, type Names, withRemedy } from './sentences.ts'
import { recordStorages } from './storage-items.ts'
import { mayWrite, openTarget, readTargets, type Targets } from './targets.ts'
import { writePlan } from './write-plan.ts'

/**
 * One Run, told end to end: read both sides, plan, and, unless the Run only plans, write exactly that. A Run of mode
 * `apply` takes the same road and keeps only what its Plan shows: what either side has changed since is left out.
 */
export async function sync(parts: SyncParts): Promise<SyncResult> {
  const targets = await readTargets(parts)
  const writes = mayWrite(parts.lease, targets.connection)
  const netbox = openTarget(parts, targets.connection)
  try {
    const sides = await readSides(parts, targets, netbox)
    const names = namesOf(sides.proxmox, targets.connection)
    const plan = await planFrom(parts, targets, { sides, names, netbox })
    const gaps = gapsOf(sides.proxmox.estate)
    const stored = gaps.map((gap) => withRemedy(gap, names))
    const acknowledged = await recordGaps(stored, sides, parts.types)
    const open = gaps.filter((gap) => !acknowledged.has(gapKey(gap)))
    reportPlan(plan, open, { reporter: parts.reporter, names })
    const waiting = plan.held.filter(({ guard }) => approvableGuards.includes(guard)).length
    if (!writes || plan.held.length > 0 || parts.lease.claim.attempt > 1)
      await sides.facts.storePlan(writes ? [] : plan.changes, plan.held)
    // After what is held: a conflict that goes on must not look as if it ended and began.
    const conflicts = await withEditors(plan.conflicts, netbox, parts.lease.signal)
    await recordConflicts(conflicts, gaps.length === 0, { ...parts, ...sides })
    // Also where nothing is written: the time of an address begins when it is seen.
    await sides.facts.recordSeenAddresses(plan.seen)
    await releaseUnwanted(plan, gaps, { ...parts, ...sides })
    if (writes)
      await writePlan(
        plan,
        { netbox, facts: sides.facts, reporter: parts.reporter, names, ledger: sides.known.ledger },
        parts.lease.signal
      )
    if (parts.types.includes('storage'))
      await recordStorages(sides.proxmox.estate, sides.facts, parts.reporter)
    reportStages(parts.types, { reporter: parts.reporter, writes })
    const planned = (writes ? 0 : plan.changes.length) + waiting
    return {
      outcome: outcomeOf({ planned, plan, gaps: open, refused: parts.reporter.refused() }),
      gaps: gaps.map((gap) => gapFactsFrom(gap, names, acknowledged)),
      held: plan.held.length,
      plan: writes && planned === 0 ? null : planned
    }
  } finally {
    await netbox.close()
  }
}

/** What both sides ask for now; of it, in a Run of mode apply, what a person has approved, over budget or not. */
async function planFrom(
  parts: SyncParts,
  { connection, settings }: Targets,
  {
    sides,
    names,
    netbox
  }: { readonly sides: Sides; readonly names: Names; readonly netbox: NetBox }
): Promise<Plan> {
  const { lease, query, types, reporter } = parts
  const { proxmox, current, identity, known } = sides
  const isApproved = lease.mode === 'apply'
  const facts = { connection, settings, proxmox, current, identity, query, types }
  const options = {
    ...desiredOptionsFrom({ ...facts, ...known, now: parts.now() }),
    budget: !isApproved
  }
  const input = { estate: proxmox.estate, options, current: current.items, ...known }
  const whole = await planSparing(input, netbox, lease.signal)
  if (!isApproved) return whole
  const netboxVersion = current.version
  const planned = { reporter, names, netboxVersion, run: lease.planRunName }
  return await onlyPlanned(whole, sides.facts, lease.planRunId, planned)
}

/** Pure: what people call what was read. */
function namesOf({ estate, connections, held }: ReadProxmox, netbox: NetBoxConnection): Names {
  const guests = new Map(
    estate.clusters.flatMap(({ clusterId, guests }) =>
      guests.map((guest) => [`${clusterId}/${guest.vmid}`, guest.config?.name ?? guest.name])
    )
  )
  return {
    netbox: netbox.name,
    proxmox: (cluster) => (connections.get(cluster) ?? held.get(cluster))?.name,
    guest: (cluster, vmid) => guests.get(`${cluster}/${vmid}`)
  }
}
