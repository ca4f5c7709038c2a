import { sql, type Transaction } from '@proxbox/database'
import type { feedRow, spellRow } from './feed-row.ts'

type News = ReturnType<typeof feedRow> | ReturnType<typeof spellRow>

/** Puts messages into the outbox, in this order. One parameter for all: a statement with one per value costs a page of 500 as much as all the rest. */
export async function tell(tx: Transaction, news: readonly News[]): Promise<void> {
  if (news.length === 0) return
  await tx.execute(sql`
    insert into inventory.outbox (channel, parameters, payload, message_id)
    select r.channel, r.parameters, r.payload, coalesce(r."messageId", gen_random_uuid()::text)
    from rows from (jsonb_to_recordset(${JSON.stringify(news)}::jsonb) as (channel text, parameters jsonb, payload jsonb, "messageId" text))
      with ordinality as r(channel, parameters, payload, "messageId", ord)
    order by r.ord`)
}
