import { type Change, type Fields, type Plan, ProxboxError } from '@proxbox/contracts'
import { alone, orderChanges } from '@proxbox/reconcile'
import type { Reporter } from '../backend/reporter.ts'
import type { Facts } from './facts.ts'
import { type Names, objectSentence } from './sentences.ts'

/**
 * What apply may send: of what both sides ask for now, exactly the fields that the stored Plan shows. An Item of which a
 * planned field is no longer the same (either side moved) is left out and named. What needs an object that is not among
 * the planned ones is held until that is there.
 *
 * @param parts `run`: what people call the Run of the Plan
 * @throws ProxboxError CONFLICT when no Plan is stored for the Run.
 */
export async function onlyPlanned(
  now: Plan,
  facts: Pick<Facts, 'readPlan'>,
  planRunId: string | null,
  parts: { reporter: Reporter; names: Names; netboxVersion: string; run: string }
): Promise<Plan> {
  if (planRunId === null)
    throw new ProxboxError('CONFLICT', { detail: 'An apply needs the Run whose Plan it applies.' })
  const planned = mergedByKey(await facts.readPlan(planRunId))
  if (planned.length === 0)
    throw new ProxboxError('CONFLICT', { detail: `Run ${parts.run} has no stored Plan.` })
  const wanted = new Map(now.changes.map((change) => [change.key, change]))
  const changes: Change[] = []
  for (const change of planned) {
    const kept = onlyFields(wanted.get(change.key), change)
    if (kept === undefined) reportMoved(change, parts)
    else changes.push(kept)
  }
  const { kept, held } = alone(changes, now)
  return {
    ...now,
    changes: [...kept],
    held: [...now.held, ...held],
    steps: [...orderChanges(kept, parts)]
  }
}

/** Pure: a Plan can show a Change in two parts: what goes at once, and what a Guard holds for approval. */
function mergedByKey(planned: readonly Change[]): Change[] {
  const byKey = new Map<string, Change>()
  for (const change of planned) {
    const known = byKey.get(change.key)
    byKey.set(
      change.key,
      known === undefined
        ? change
        : {
            ...change,
            before: { ...known.before, ...change.before },
            after: { ...known.after, ...change.after },
            why: { ...known.why, ...change.why }
          }
    )
  }
  return [...byKey.values()]
}

/** Pure: of what is asked for now, the fields that were planned; undefined when one of them is not the same any more. */
function onlyFields(now: Change | undefined, planned: Change): Change | undefined {
  if (now === undefined || now.action !== planned.action) return undefined
  if (now.netbox_id !== planned.netbox_id) return undefined
  // A deleted object is gone whatever it holds; that it is still ours to delete was decided again just now.
  if (now.action === 'delete') return now
  const names = Object.keys(planned.after)
  const isSame = names.every(
    (field) =>
      textOf(now.before[field]) === textOf(planned.before[field]) &&
      textOf(now.after[field]) === textOf(planned.after[field])
  )
  if (!isSame) return undefined
  const pick = (fields: Fields) =>
    Object.fromEntries(Object.entries(fields).filter(([field]) => names.includes(field)))
  return { ...now, before: pick(now.before), after: pick(now.after) }
}

/** Pure: one text per value; a set has no order. */
const textOf = (value: Fields[string] | undefined): string =>
  Array.isArray(value)
    ? value
        .map((one) => JSON.stringify(one))
        .sort()
        .join(',')
    : (JSON.stringify(value) ?? '')

function reportMoved(
  change: Change,
  { reporter, names }: { reporter: Reporter; names: Names }
): void {
  const detail = `${change.kind} ${change.label} has changed since it was planned and was left out.`
  const about = { label: change.label, code: 'ITEM_MOVED', detail }
  reporter.refuse()
  reporter.warn({
    step: change.kind,
    code: 'ITEM_MOVED',
    disposition: 'stop',
    rowid: change.label,
    detail: objectSentence(about, names)
  })
}
