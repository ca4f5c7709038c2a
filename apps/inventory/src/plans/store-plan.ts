import { approvableGuards, type Change, type HeldChange } from '@proxbox/contracts'
import { and, type Database, eq, isNull, sql } from '@proxbox/database'
import { hashOf, rowFrom } from '../changes/change-row.ts'
import { spellRow } from '../changes/feed-row.ts'
import { tell } from '../changes/tell.ts'
import { fence, type Writer } from '../db/fence.ts'
import { changes } from '../db/schema.ts'
import { beginHeld } from '../held/held-items.ts'
import { sinceFirstHeld } from '../held/missing-since.ts'
import { addAbsent } from '../items/absent-items.ts'

type Page = Writer & {
  readonly page: number
  readonly changes: readonly Change[]
  readonly held: readonly HeldChange[]
}

/**
 * One page of a Plan; page 0 replaces the Plan that was stored for the Run before. What an earlier attempt has written
 * stays: it happened. Each part of an object that a Guard held stands beside what is written of it.
 */
export async function storePlanPage(
  database: Database,
  request: Page
): Promise<{ stored: number }> {
  return await database.transaction(async (tx) => {
    await fence(tx, request)
    const heldChanges = await sinceFirstHeld(tx, request, request.held)
    const rows = [...request.changes.map(plannedRow), ...heldChanges.map(heldRow)]
    const isOpen = and(eq(changes.runId, request.run_id), isNull(changes.written))
    if (request.page === 0) await tx.delete(changes).where(isOpen)
    await tx.execute(sql`
      insert into inventory.change (run_id, netbox, key, part, kind, action, netbox_id, label, origin, before, after, why, evidence, learns, outcome, detail, guard, hash, approvable)
      select ${request.run_id}, ${request.netbox}, r.key, r.part, r.kind, r.action, r.netbox_id, r.label, r.origin, r.before, r.after, r.why, r.evidence, r.learns, r.outcome, r.detail, r.guard, r.hash, r.approvable
      from rows from (jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as (key text, part text, kind text, action text, netbox_id integer, label text, origin text,
        before jsonb, after jsonb, why jsonb, evidence jsonb, learns jsonb, outcome text, detail text, guard text, hash text, approvable boolean)) with ordinality
        as r(key, part, kind, action, netbox_id, label, origin, before, after, why, evidence, learns, outcome, detail, guard, hash, approvable, ord)
      order by r.ord
      on conflict (run_id, key, part) do nothing`)
    await tx.execute(sql`delete from inventory.plan where run_id = ${request.run_id}`)
    const held = request.held.map(({ change }) => change)
    const spells = await beginHeld(tx, request, held)
    await addAbsent(tx, request, held)
    await tell(
      tx,
      spells.map((spell) => spellRow(spell, request))
    )
    return { stored: rows.length }
  })
}

const plannedRow = (change: Change) => ({
  ...rowFrom(change),
  part: '',
  outcome: 'planned',
  detail: '',
  guard: null,
  approvable: true,
  hash: hashOf(change)
})

const heldRow = ({ change, guard, reason }: HeldChange) => {
  const hash = hashOf(change)
  return {
    ...rowFrom(change),
    part: `${guard} ${hash}`,
    outcome: 'held',
    detail: reason,
    guard,
    approvable: approvableGuards.includes(guard),
    hash
  }
}
