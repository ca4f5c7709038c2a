import { type Change, type CurrentItem, ProxboxError, syncTypes } from '@proxbox/contracts'
import { type NetBox, readCounts, readTagUses } from '@proxbox/netbox'
import { hiddenParts, partsToCount, planUndo } from '@proxbox/reconcile'
import { openFacts } from './facts.ts'
import { readNetBox } from './read-netbox.ts'
import { reportPlan, reportUndone } from './report-plan.ts'
import type { SyncParts, SyncResult } from './run-parts.ts'
import { identify, mayWrite, openTarget, readConnection } from './targets.ts'
import { writePlan } from './write-plan.ts'

/**
 * Takes back what a Run has written: a Plan like any other, made from the before-images and what NetBox holds now. It
 * needs no Proxmox. What a person changed since stays and is named.
 */
export async function undo(parts: SyncParts): Promise<SyncResult> {
  const { bus, lease, reporter } = parts
  const { signal } = lease
  const run = lease.planRunId
  if (run === null)
    throw new ProxboxError('CONFLICT', { detail: 'An undo needs the Run that it takes back.' })
  const connection = await readConnection(parts)
  const writes = mayWrite(lease, connection)
  const netbox = openTarget(parts, connection)
  try {
    // What points to an object of ours may be of any kind that we know.
    const current = await readNetBox(netbox, syncTypes, reporter, signal)
    const identity = await identify(parts, connection, current.identityTags)
    const facts = openFacts(bus, { claim: lease.claim, netbox: identity.netbox }, signal)
    const [changes, ledger] = await Promise.all([facts.readApplied(run), facts.readLedger()])
    const plan = planUndo({
      changes,
      current: current.items,
      ledger,
      netboxVersion: current.version,
      identityTag: identity.tag,
      tagUses: await tagUsesOf(changes, netbox, signal),
      unread: await unreadOn(changes, current.items, netbox, signal),
      run: lease.planRunName
    })
    const names = { netbox: connection.name, proxmox: () => undefined, guest: () => undefined }
    // No later Run comes back to what an undo leaves.
    reportPlan(plan, [], { reporter, names, remedy: 'It is left as it is.' })
    if (writes) await writePlan(plan, { netbox, facts, reporter, names, ledger }, signal)
    else await facts.storePlan(plan.changes, plan.held)
    const undone = { run: lease.planRunName, written: changes.length, writes }
    reportUndone(parts.types, undone, { reporter, names })
    const isLeft = plan.notices.length > 0 || plan.held.length > 0 || reporter.refused() > 0
    const planned = writes ? 0 : plan.changes.length
    return {
      outcome: planned > 0 ? 'awaiting_approval' : isLeft ? 'degraded' : 'succeeded',
      gaps: [],
      held: plan.held.length,
      plan: writes ? null : planned
    }
  } finally {
    await netbox.close()
  }
}

/** What hangs on objects that the Run made and was not read: NetBox would delete it together with them. */
async function unreadOn(
  changes: readonly Change[],
  current: readonly CurrentItem[],
  netbox: NetBox,
  signal: AbortSignal
): Promise<ReadonlyMap<string, string>> {
  const made = Map.groupBy(
    changes.filter(({ action }) => action === 'create'),
    ({ kind }) => kind
  )
  const ids = new Map(
    [...made].map(([kind, all]) => [kind, all.flatMap(({ netbox_id: id }) => id ?? [])])
  )
  return hiddenParts(await readCounts(netbox, partsToCount(ids), signal), current)
}

const tagUsesOf = (changes: readonly Change[], netbox: NetBox, signal: AbortSignal) =>
  readTagUses(
    netbox,
    changes.flatMap(({ kind, action, netbox_id: id }) =>
      kind === 'tag' && action === 'create' && id !== null ? [id] : []
    ),
    signal
  )
