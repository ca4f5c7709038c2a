import { type Gap, gapKey } from '@proxbox/contracts'
import { and, type Database, gt, inArray, sql, type Transaction } from '@proxbox/database'
import { fence, type Writer } from '../db/fence.ts'
import { gaps } from '../db/schema.ts'

type Request = Writer & {
  readonly clusters: readonly string[]
  readonly gaps: readonly Gap[]
  readonly last: boolean
}

/**
 * Gaps of a Run, each stored once per place and facet. With its last page those of its clusters that nobody has named
 * since it began to are closed: another Run that reads the same cluster meanwhile keeps its own open.
 */
export async function recordGaps(
  database: Database,
  request: Request
): Promise<{ acknowledged: string[] }> {
  const named = new Map(request.gaps.map((gap) => [gapKey(gap), { ...gap, gap_key: gapKey(gap) }]))
  return await database.transaction(async (tx) => {
    await fence(tx, request)
    await tx.execute(sql`
      update inventory.writer set gaps_since = now() where run_id = ${request.run_id} and gaps_since is null`)
    if (named.size > 0) await open(tx, request, [...named.values()])
    if (request.last) await close(tx, request)
    return { acknowledged: await acknowledgedAmong(tx, [...named.keys()]) }
  })
}

async function open(tx: Transaction, { run_id }: Request, rows: readonly object[]): Promise<void> {
  await tx.execute(sql`
    insert into inventory.gap (gap_key, cluster, scope, node, storage, vmid, facet, reason, detail, remedy, run_id)
    select r.gap_key, r.cluster, r.scope, r.node, r.storage, r.vmid, r.facet, r.reason, r.detail, r.remedy, ${run_id}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(gap_key text, cluster text, scope text, node text, storage text, vmid integer,
      facet text, reason text, detail text, remedy text)
    order by r.gap_key
    on conflict (gap_key) do update set
      reason = excluded.reason, detail = excluded.detail, remedy = excluded.remedy, is_open = true,
      run_id = excluded.run_id, last_updated = now()`)
}

/** Rows are locked in the order in which they are stored: two Runs of one cluster never wait for each other. */
async function close(tx: Transaction, { run_id, clusters }: Request): Promise<void> {
  await tx.execute(sql`
    with unnamed as (
      select g.id from inventory.writer w, inventory.gap g
      where w.run_id = ${run_id} and g.cluster in (select jsonb_array_elements_text(${JSON.stringify(clusters)}::jsonb))
        and g.is_open and g.last_updated < w.gaps_since
      order by g.gap_key for update of g)
    update inventory.gap g set is_open = false, last_updated = now() from unnamed u where g.id = u.id`)
}

async function acknowledgedAmong(tx: Transaction, keys: readonly string[]): Promise<string[]> {
  if (keys.length === 0) return []
  const rows = await tx
    .select({ key: gaps.gapKey })
    .from(gaps)
    .where(and(inArray(gaps.gapKey, [...keys]), gt(gaps.acknowledgedUntil, sql`now()`)))
  return rows.map((row) => row.key)
}
