import { netboxKey, type Plan } from '@proxbox/contracts'
import { type NetBox, readAttached } from '@proxbox/netbox'
import { leavingObjects, type PlanInput, planChanges } from '@proxbox/reconcile'

/**
 * Plans, and where something would go, asks NetBox what people hung on it that no table shows (services, journal entries,
 * contacts): with that the same facts are planned again. A Run in which nothing goes asks for nothing.
 */
export async function planSparing(
  input: PlanInput,
  netbox: NetBox,
  signal: AbortSignal
): Promise<Plan> {
  const plan = planChanges(input)
  const attached = new Map<string, string>()
  for (const [kind, ids] of leavingObjects(plan.changes))
    for (const [id, words] of await readAttached(netbox, kind, ids, signal))
      attached.set(netboxKey(kind, id), words)
  return attached.size === 0 ? plan : planChanges({ ...input, attached })
}
