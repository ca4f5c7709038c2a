import { sql } from '@proxbox/database'
import { type Look, rowsPerBatch } from './in-batches.ts'

/** What holds an Item now says why by its Change. */
const holdsAnItem = sql`(c.outcome = 'held' and exists (
  select from inventory.held_item h where h.netbox = c.netbox and h.key = c.key and h.run_id = c.run_id))`

/** When each field was written last, as far as that is not kept any more: by this Change, or by one that went before. */
const writtenBefore = sql`(
  select jsonb_object_agg(field, at) from (
    select field, max(at) as at from (
      select jsonb_object_keys(g.written) as field, g.at
      union all
      select known.key, known.value::timestamptz from jsonb_each_text(coalesce(t.written_before, '{}')) known) said
    group by field) latest)`

/**
 * One page of a Run's rows, in their order, after a position. Items remember of each field that was written when that was,
 * so that nobody takes their values for values that NetBox had already.
 */
export const deletePage = (runId: string, after: number) => sql`
  with page as (
    select id from inventory.change where run_id = ${runId} and id > ${after}::integer order by id limit ${rowsPerBatch}),
  gone as (
    delete from inventory.change c using page p where c.run_id = ${runId} and c.id = p.id and not ${holdsAnItem}
    returning c.netbox, c.key, c.netbox_id, c.written, c.at),
  remembered as (
    update inventory.item t set written_before = ${writtenBefore}
    from gone g where g.written is not null and t.netbox = g.netbox and t.key = g.key and t.netbox_id = g.netbox_id)
  select (select count(*) from gone)::integer as deleted, (select count(*) from page)::integer as seen,
    (select max(id) from page) as last`

/** The Plan, and the Run itself once none of its rows is left. */
export const deletePlan = (runId: string) => sql`
  delete from inventory.plan p where p.run_id = ${runId}
    and not exists (select from inventory.change c where c.run_id = p.run_id) returning p.run_id`
export const deleteWriter = (runId: string) => sql`
  delete from inventory.writer w where w.run_id = ${runId}
    and not exists (select from inventory.change c where c.run_id = w.run_id) returning w.run_id`

interface Page extends Record<string, unknown> {
  readonly deleted: number
  readonly seen: number
  readonly last: number | null
}

/** Deletes what is stored of one Run; what still holds an Item stays until something else does. */
export async function purgeChanges(
  look: Look,
  runId: string
): Promise<{ runs: number; changes: number; plans: number }> {
  let changes = 0
  for (let after = 0; ; ) {
    const page = await look.batch(async (tx) => {
      const [row] = await tx.execute<Page>(deletePage(runId, after))
      return row
    })
    if (page === undefined) return { runs: 0, changes, plans: 0 }
    changes += page.deleted
    if (page.seen < rowsPerBatch || page.last === null) break
    after = page.last
  }
  const ended = await look.batch(async (tx) => ({
    plans: [...(await tx.execute(deletePlan(runId)))].length,
    runs: [...(await tx.execute(deleteWriter(runId)))].length
  }))
  return { runs: 0, plans: 0, ...ended, changes }
}
