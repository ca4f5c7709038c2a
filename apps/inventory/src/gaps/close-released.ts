import { sql, type Transaction } from '@proxbox/database'
import type { Released } from '../retention/delete-released.ts'

/**
 * Closes gaps of clusters and Endpoints that are not in use any more. Rows are locked in the order in which Runs store them.
 * What a Run has named since may be about something that was not in use yet.
 */
export async function closeReleasedGaps(
  tx: Transaction,
  { used: { clusters, endpoints }, before }: Released
): Promise<void> {
  const inUse = JSON.stringify([...clusters, ...endpoints])
  await tx.execute(sql`
    with released as (
      select id from inventory.gap
      where is_open and last_updated < ${before}::timestamptz
        and cluster not in (select jsonb_array_elements_text(${inUse}::jsonb))
      order by gap_key for update)
    update inventory.gap g set is_open = false, last_updated = now() from released r where g.id = r.id`)
}
