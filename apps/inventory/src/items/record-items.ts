import { type Database, sql } from '@proxbox/database'
import { fence, type Writer } from '../db/fence.ts'

type Request = Writer & {
  readonly items: readonly {
    key: string
    kind: string
    label: string
    fields: Record<string, unknown>
  }[]
}

/** Items that the inventory itself holds. Says how many are new, how many differ, how many were known just so. */
export async function recordItems(
  database: Database,
  request: Request
): Promise<{ created: number; updated: number; unchanged: number }> {
  return await database.transaction(async (tx) => {
    await fence(tx, request)
    const rows = [
      ...(await tx.execute<{ is_new: boolean }>(sql`
        insert into inventory.item (netbox, key, kind, label, origin, last_written, run_id)
        select '', r.key, r.kind, r.label, 'created', r.fields, ${request.run_id}
        from jsonb_to_recordset(${JSON.stringify(request.items)}::jsonb) as r(key text, kind text, label text, fields jsonb)
        on conflict (netbox, key) do update set
          label = excluded.label, last_written = excluded.last_written, run_id = excluded.run_id, last_updated = now()
        where item.last_written is distinct from excluded.last_written or item.label is distinct from excluded.label
        returning (xmax = 0) as is_new`))
    ]
    const created = rows.filter((row) => row.is_new).length
    return {
      created,
      updated: rows.length - created,
      unchanged: request.items.length - rows.length
    }
  })
}
