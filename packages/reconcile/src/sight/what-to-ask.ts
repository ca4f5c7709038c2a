import type { HoldersAsked, KindName, LedgerRow, ObjectsAsked, Plan } from '@proxbox/contracts'
import { lineageOf } from '../identity/lineage.ts'
import type { PlanInput } from '../plan-input.ts'
import { countedFor, missingRows, type ObjectAt } from './missing.ts'

/** Of one kind: three requests for counts. What is beyond it counts as not counted, and is held. */
const mostAsked = 1000

type Planned = Pick<Plan, 'changes' | 'adoptions'>

interface Missed {
  readonly rows: readonly LedgerRow[]
  readonly ledger: readonly LedgerRow[]
  readonly objectAt: ObjectAt
}

/** Pure: what a Plan would make again, or take another object for, though the Ledger knows it by an id that was not read. */
function missedBy({ changes, adoptions }: Planned, input: PlanInput): Missed | undefined {
  if (input.ledger.length === 0 || changes.length + adoptions.length === 0) return undefined
  const objects = new Map(input.current.map((item) => [item.key, item]))
  const objectAt: ObjectAt = (key) => objects.get(key)
  if (missingRows(input.ledger, objectAt).length === 0) return undefined
  const { ledger } = lineageOf(input)
  const touched = new Set([...changes, ...adoptions].map(({ key }) => key))
  const rows = missingRows(ledger, objectAt).filter(({ key }) => touched.has(key))
  return rows.length === 0 ? undefined : { rows, ledger, objectAt }
}

export interface Asked {
  /** They are asked how much they hold; empty where nobody can count it. */
  readonly holders: readonly HoldersAsked[]
  /** The objects themselves, of which NetBox's changelog may tell that they were deleted. */
  readonly objects: readonly ObjectsAsked[]
}

/**
 * Pure: what NetBox must be asked, because a Plan would make an object again, or take another one for it, that the Ledger
 * knows by its id and that was not read. With the answers the same facts are planned again. Undefined where nothing is
 * missed, as in all but a few Runs.
 */
export function whatToAsk(plan: Planned, input: PlanInput): Asked | undefined {
  const missed = missedBy(plan, input)
  if (missed === undefined) return undefined
  const objects = [...Map.groupBy(missed.rows, ({ kind }) => kind)].map(([kind, all]) => ({
    kind,
    ids: all.slice(0, mostAsked).map(({ netbox_id }) => netbox_id)
  }))
  return { holders: asking(missed), objects }
}

function asking({ rows: missed, ledger, objectAt }: Missed): readonly HoldersAsked[] {
  const rows = new Map(ledger.map((row) => [row.key, row]))
  const asked = new Map<KindName, { ids: Set<number>; counting: Set<KindName> }>()
  for (const one of missed) {
    const counted = countedFor(one, rows, objectAt)
    if (counted === undefined) continue
    const { row, holder } = counted
    const known = asked.get(holder.kind) ?? { ids: new Set(), counting: new Set() }
    if (known.ids.size < mostAsked) known.ids.add(holder.netbox_id)
    known.counting.add(row.kind)
    asked.set(holder.kind, known)
  }
  return [...asked].map(([kind, { ids, counting }]) => ({
    kind,
    ids: [...ids],
    counting: [...counting]
  }))
}
