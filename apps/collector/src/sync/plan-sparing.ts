import { netboxKey, type Plan } from '@proxbox/contracts'
import { type NetBox, readAttached, readCounts, readFates } from '@proxbox/netbox'
import {
  hiddenParts,
  leavingObjects,
  type PlanInput,
  partsToCount,
  planChanges,
  whatToAsk
} from '@proxbox/reconcile'

/**
 * Plans, and asks NetBox what no table shows: where something would be made again, whether it is only out of sight; where
 * something would go, what people hung on it (services, journal entries, contacts), and what hangs on it unread. With that
 * the same facts are planned again. A Run in which nothing is missing and nothing goes asks for nothing.
 */
export async function planSparing(
  input: PlanInput,
  netbox: NetBox,
  signal: AbortSignal
): Promise<Plan> {
  const { plan, seeing } = await planSeeing(input, netbox, signal)
  const attached = await attachedTo(leavingObjects(plan.changes), input, netbox, signal)
  return attached.size === 0 ? plan : planChanges({ ...seeing, attached })
}

/** What hangs on objects that would go, by their NetBox keys: in no table of ours, or not read. */
async function attachedTo(
  leaving: ReturnType<typeof leavingObjects>,
  { current }: PlanInput,
  netbox: NetBox,
  signal: AbortSignal
): Promise<ReadonlyMap<string, string>> {
  const counts = await readCounts(netbox, partsToCount(leaving), signal)
  const attached = new Map(hiddenParts(counts, current))
  for (const [kind, ids] of leaving)
    for (const [id, words] of await readAttached(netbox, kind, ids, signal))
      attached.set(netboxKey(kind, id), words)
  return attached
}

/** The Plan, and its facts: with NetBox's counts and changelog, where objects that the Ledger knows were not read. */
async function planSeeing(
  input: PlanInput,
  netbox: NetBox,
  signal: AbortSignal
): Promise<{ readonly plan: Plan; readonly seeing: PlanInput }> {
  const plan = planChanges(input)
  const asked = whatToAsk(plan, input)
  if (asked === undefined) return { plan, seeing: input }
  const seeing = {
    ...input,
    counts: await readCounts(netbox, asked.holders, signal),
    fates: await readFates(netbox, asked.objects, signal)
  }
  return { plan: planChanges(seeing), seeing }
}
