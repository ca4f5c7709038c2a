import type { HeldChange } from '@proxbox/contracts'
import { sql, type Transaction } from '@proxbox/database'
import type { Writer } from '../db/fence.ts'

/**
 * Held Changes with the time at which their object was first missing. While such a Change is held the Ledger learns nothing,
 * and every Run would say that it is missing since now: it is missing since the first of the Runs in a row that held it so.
 */
export async function sinceFirstHeld(
  tx: Transaction,
  { netbox, run_id }: Pick<Writer, 'netbox' | 'run_id'>,
  held: readonly HeldChange[]
): Promise<readonly HeldChange[]> {
  const keys = held.filter(isMissing).map(({ change }) => change.key)
  if (keys.length === 0) return held
  const known = await tx.execute<{ key: string; since: string | null }>(sql`
    select distinct on (c.key) c.key, c.learns ->> 'missing_since' as since
    from inventory.held_item h
    join inventory.change c on c.netbox = h.netbox and c.key = h.key and c.at >= h.since
    where h.netbox = ${netbox} and h.key in (select jsonb_array_elements_text(${JSON.stringify(keys)}::jsonb))
      and c.run_id <> ${run_id} and c.outcome = 'held'
    order by c.key, c.id desc`)
  const since = new Map([...known].map((row) => [row.key, row.since]))
  return held.map((one) => {
    const first = isMissing(one) ? since.get(one.change.key) : undefined
    return first ? { ...one, change: { ...one.change, missing_since: first } } : one
  })
}

const isMissing = ({ change }: HeldChange): boolean => typeof change.missing_since === 'string'
