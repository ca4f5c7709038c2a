import type { Outcome } from '@proxbox/contracts'
import { rowFrom } from './change-row.ts'

/** Pure: an outcome as one flat row. */
export const outcomeRow = ({ change, state, netbox_id, detail }: Outcome) => ({
  ...rowFrom(change),
  netbox_id: netbox_id ?? change.netbox_id,
  outcome: state,
  detail,
  written:
    state === 'done'
      ? Object.fromEntries(Object.keys(change.after).map((name) => [name, true]))
      : null
})

export type OutcomeRow = ReturnType<typeof outcomeRow>
