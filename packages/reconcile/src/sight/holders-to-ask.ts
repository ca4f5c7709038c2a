import type { HoldersAsked, KindName, LedgerRow, Plan } from '@proxbox/contracts'
import { lineageOf } from '../identity/lineage.ts'
import type { PlanInput } from '../plan-input.ts'
import { countedFor, missingRows, type ObjectAt } from './missing.ts'

/** Of one kind of holder: three requests. What is beyond it counts as not counted, and is held. */
const mostHolders = 1000

/**
 * Pure: the holders that must be asked how much they hold, because a Plan would make an object again, or take another one
 * for it, that the Ledger knows by its id and that was not read. With their counts the same facts are planned again.
 * Undefined where nothing is missed, as in all but a few Runs; empty where something is, and nobody can count it.
 */
export function holdersToAsk(
  { changes, adoptions }: Pick<Plan, 'changes' | 'adoptions'>,
  input: PlanInput
): readonly HoldersAsked[] | undefined {
  if (input.ledger.length === 0 || changes.length + adoptions.length === 0) return undefined
  const objects = new Map(input.current.map((item) => [item.key, item]))
  const objectAt: ObjectAt = (key) => objects.get(key)
  if (missingRows(input.ledger, objectAt).length === 0) return undefined
  const { ledger } = lineageOf(input)
  const touched = new Set([...changes, ...adoptions].map(({ key }) => key))
  const missed = missingRows(ledger, objectAt).filter(({ key }) => touched.has(key))
  return missed.length === 0 ? undefined : asking(missed, ledger, objectAt)
}

function asking(
  missed: readonly LedgerRow[],
  ledger: readonly LedgerRow[],
  objectAt: ObjectAt
): readonly HoldersAsked[] {
  const rows = new Map(ledger.map((row) => [row.key, row]))
  const asked = new Map<KindName, { ids: Set<number>; counting: Set<KindName> }>()
  for (const one of missed) {
    const counted = countedFor(one, rows, objectAt)
    if (counted === undefined) continue
    const { row, holder } = counted
    const known = asked.get(holder.kind) ?? { ids: new Set(), counting: new Set() }
    if (known.ids.size < mostHolders) known.ids.add(holder.netbox_id)
    known.counting.add(row.kind)
    asked.set(holder.kind, known)
  }
  return [...asked].map(([kind, { ids, counting }]) => ({
    kind,
    ids: [...ids],
    counting: [...counting]
  }))
}
