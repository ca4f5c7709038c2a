import { type Change, type Plan, ProxboxError } from '@proxbox/contracts'
import { orderChanges } from '@proxbox/reconcile'
import type { Reporter } from '../backend/reporter.ts'
import type { Facts } from './facts.ts'
import { type Names, objectSentence } from './sentences.ts'

/**
 * What apply may send: of what both sides ask for now, exactly the Changes that the stored Plan shows. A planned Change
 * that is no longer the same (either side moved) is left out and named.
 *
 * @throws ProxboxError CONFLICT when no Plan is stored for the Run.
 */
export async function onlyPlanned(
  now: Plan,
  facts: Facts,
  planRunId: string | null,
  parts: { reporter: Reporter; names: Names; netboxVersion: string }
): Promise<Plan> {
  if (planRunId === null)
    throw new ProxboxError('CONFLICT', { detail: 'An apply needs the Run whose Plan it applies.' })
  const planned = await facts.readPlan(planRunId)
  if (planned.length === 0)
    throw new ProxboxError('CONFLICT', { detail: `Run ${planRunId} has no stored Plan.` })
  const wanted = new Map(now.changes.map((change) => [change.key, textOf(change)]))
  const same = new Set(
    planned
      .filter((change) => wanted.get(change.key) === textOf(change))
      .map((change) => change.key)
  )
  for (const change of planned) {
    if (same.has(change.key)) continue
    parts.reporter.refuse()
    parts.reporter.warn({
      step: change.kind,
      code: 'ITEM_MOVED',
      disposition: 'stop',
      rowid: change.label,
      detail: objectSentence(
        {
          label: change.label,
          code: 'ITEM_MOVED',
          detail: `${change.kind} ${change.label} has changed since it was planned and was left out.`
        },
        parts.names
      )
    })
  }
  const changes = now.changes.filter((change) => same.has(change.key))
  return {
    ...now,
    changes,
    steps: [...orderChanges(changes, { netboxVersion: parts.netboxVersion })]
  }
}

const textOf = ({ action, before, after }: Change): string =>
  JSON.stringify([action, sorted(before), sorted(after)])
const sorted = (fields: Change['before']) =>
  Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1))
