import type { Change, Fields, Plan } from '@proxbox/contracts'
import { alone, orderChanges } from '@proxbox/reconcile'

/** Pure: what an approved Plan may still send of what both sides ask for now, and the Items that have moved since. */
export function onlyPlanned(
  planned: readonly Change[],
  now: Plan,
  netboxVersion: string
): { plan: Plan; moved: readonly string[] } {
  const wanted = new Map(now.changes.map((change) => [change.key, change]))
  const changes: Change[] = []
  const moved: string[] = []
  for (const change of planned) {
    const kept = sameFields(wanted.get(change.key), change)
    if (kept === undefined) moved.push(change.key)
    else changes.push(kept)
  }
  const { kept, held } = alone(changes, now)
  const steps = [...orderChanges(kept, { netboxVersion })]
  return { plan: { ...now, changes: [...kept], held: [...now.held, ...held], steps }, moved }
}

function sameFields(now: Change | undefined, planned: Change): Change | undefined {
  if (now?.action !== planned.action || now.netbox_id !== planned.netbox_id) return undefined
  if (now.action === 'delete') return now
  const names = Object.keys(planned.after)
  const text = (value: Fields[string] | undefined) =>
    Array.isArray(value)
      ? value
          .map((one) => JSON.stringify(one))
          .sort()
          .join()
      : JSON.stringify(value)
  const isSame = names.every(
    (name) =>
      text(now.before[name]) === text(planned.before[name]) &&
      text(now.after[name]) === text(planned.after[name])
  )
  if (!isSame) return undefined
  const pick = (fields: Fields) =>
    Object.fromEntries(Object.entries(fields).filter(([field]) => names.includes(field)))
  return { ...now, before: pick(now.before), after: pick(now.after) }
}
