import type { Outcome, PlanStep } from '@proxbox/contracts'
import { type NetBox, readItemsById } from '@proxbox/netbox'
import { hasMoved } from './has-moved.ts'
import type { Places } from './places.ts'
import type { Sending } from './sendings.ts'

/** Re-reads what will be updated or deleted (one GET; not what this Run itself created) and leaves out what has moved. */
export async function withoutMoved(
  step: PlanStep,
  sendings: readonly Sending[],
  parts: {
    readonly netbox: NetBox
    readonly created: ReadonlySet<string>
    readonly places: Places
  },
  signal: AbortSignal
): Promise<{ readonly still: readonly Sending[]; readonly moved: readonly Outcome[] }> {
  const foreign =
    step.action === 'create'
      ? []
      : sendings.filter((sending) => !parts.created.has(sending.change.key))
  if (foreign.length === 0) return { still: sendings, moved: [] }
  const ids = foreign.map((sending) => sending.entry.netboxId).filter((id) => id !== null)
  const now = new Map(
    (await readItemsById(parts.netbox, step.kind, ids, signal)).map((item) => [
      item.netbox_id,
      item
    ])
  )
  const gone = new Set(
    foreign.filter((sending) =>
      hasMoved(sending.change, now.get(sending.entry.netboxId ?? 0), parts.places)
    )
  )
  const moved: Outcome[] = [...gone].map(({ change }) => ({
    change,
    state: 'moved',
    netbox_id: change.netbox_id,
    detail: 'it was changed in NetBox after it was planned'
  }))
  return { still: sendings.filter((sending) => !gone.has(sending)), moved }
}
