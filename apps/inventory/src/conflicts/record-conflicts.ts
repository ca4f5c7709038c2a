import type { NamedConflict } from '@proxbox/contracts'
import { type Database, sql, type Transaction } from '@proxbox/database'
import { spellRow } from '../changes/feed-row.ts'
import { tell } from '../changes/tell.ts'
import { fence, type Writer } from '../db/fence.ts'
import { endHeldBut } from '../held/held-items.ts'
import { addAbsent, removeAbsent } from '../items/absent-items.ts'
import { settleConflicts } from './settle-conflicts.ts'
import { type StoredConflictRow, spellOf } from './stored-conflict.ts'

/**
 * Conflicts of a Run, each stored once per object, field and code. One that was gone is open again when it is named, and
 * so is one whose decision the Run had read and named it all the same. The last page of a Run that has compared everything
 * ends those that it did not name, and says of Items that it did not hold that they are held no longer; so the Run's Plan is
 * stored before it.
 */
export async function recordConflicts(
  database: Database,
  request: Writer & {
    conflicts: readonly NamedConflict[]
    last: boolean
    settled?: readonly string[]
  }
): Promise<{ opened: number }> {
  return await database.transaction(async (tx) => {
    await fence(tx, request)
    const opened = await open(tx, request, request.conflicts)
    await addAbsent(tx, request, request.conflicts)
    const settled = await settleConflicts(tx, request, request.settled ?? [])
    const gone = request.last ? await close(tx, request) : []
    const spells = [
      ...opened.map((row) => spellOf(row, 'begins')),
      ...[...settled, ...gone].map((row) => spellOf(row, 'ends')),
      ...(request.last ? await endHeldBut(tx, request) : [])
    ]
    await tell(
      tx,
      spells.map((spell) => spellRow(spell, request))
    )
    return { opened: opened.length }
  })
}

/**
 * A decision stands against a Run that had not read it: it may have been made while the Run was under way, and the next
 * one applies it. No clocks are compared: the Run says which decision it knew. One against which this Run has spoken
 * before stands as well: then its page comes again.
 */
const stands = (row: ReturnType<typeof sql>, runId: string) => sql`(${row}.state = 'decided' and (
  ${row}.run_id = ${runId} or not exists (
    select from named n where n.key = ${row}.key and n.field = ${row}.field and n.code = ${row}.code
      and (n.known ->> 'rule')::integer = ${row}.rule and n.known ->> 'decision' = ${row}.decision)))`

/** Returns those that were not open before. */
async function open(
  tx: Transaction,
  { netbox, run_id }: Writer,
  conflicts: readonly NamedConflict[]
): Promise<StoredConflictRow[]> {
  if (conflicts.length === 0) return []
  const distinct = new Map(
    conflicts.map((one) => [JSON.stringify([one.key, one.field, one.code]), one])
  )
  const rows = JSON.stringify([...distinct.values()])
  const isDecided = stands(sql`conflict`, run_id)
  const stored = await tx.execute<StoredConflictRow>(sql`
    with named as (
      select r.key, r.kind, r.label, coalesce(r.field, '') as field, r.code, r.detail, r.netbox_id, r.proxmox, r.netbox, r.decisions, r.known
      from jsonb_to_recordset(${rows}::jsonb) as r(key text, kind text, label text, field text, code text, detail text, netbox_id integer,
        proxmox jsonb, netbox jsonb, decisions jsonb, known jsonb)),
    known as (
      select c.key, c.field, c.code from inventory.conflict c join named n on c.key = n.key and c.field = n.field and c.code = n.code
      where c.netbox = ${netbox} and (c.state = 'open' or ${stands(sql`c`, run_id)})),
    stored as (
      insert into inventory.conflict (netbox, key, field, code, kind, label, detail, netbox_id, proxmox_value, netbox_value, decisions, run_id)
      select ${netbox}, key, field, code, kind, label, detail, netbox_id, proxmox, netbox, decisions, ${run_id} from named
      on conflict (netbox, key, field, code) do update set
        kind = excluded.kind, label = excluded.label, detail = excluded.detail, netbox_id = excluded.netbox_id,
        proxmox_value = excluded.proxmox_value, netbox_value = excluded.netbox_value, decisions = excluded.decisions,
        state = case when ${isDecided} then conflict.state else 'open' end,
        decision = case when ${isDecided} then conflict.decision end, rule = case when ${isDecided} then conflict.rule end, run_id = excluded.run_id, last_updated = now()
      returning *)
    select s.* from stored s where not exists (
      select from known k where k.key = s.key and k.field = s.field and k.code = s.code)`)
  return [...stored]
}

/** The sides of what this Run did not name agree again. */
async function close(tx: Transaction, { netbox, run_id }: Writer): Promise<StoredConflictRow[]> {
  const gone = await tx.execute<StoredConflictRow>(sql`
    update inventory.conflict set state = 'gone', last_updated = now()
    where netbox = ${netbox} and state = 'open' and run_id <> ${run_id}
    returning *`)
  await removeAbsent(tx, netbox, [...gone])
  return [...gone]
}
