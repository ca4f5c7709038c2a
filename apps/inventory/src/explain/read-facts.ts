import type { Kept, SeenAddress, Why } from '@proxbox/contracts'
import { and, asc, type Database, eq, sql } from '@proxbox/database'
import { conflicts, seenAddresses } from '../db/schema.ts'
import type { ItemRow } from '../items/item-wire.ts'
import { seenFrom } from '../ledger/seen-addresses.ts'

export interface Written {
  readonly why: Why | null
  readonly run_id: string
  readonly at: string
}
export interface Planned {
  readonly run_id: string
  readonly action: 'create' | 'update' | 'delete'
  readonly wanted: unknown
}
export interface Held extends Planned {
  readonly guard: string
  readonly reason: string
}

/** All that is stored of one Item, field by field. */
export interface ItemFacts extends ItemRow {
  /** The latest Change of each field, unless that is older than retention: of it the Item tells when it was. */
  readonly written: ReadonlyMap<string, Written>
  readonly held: ReadonlyMap<string, Held>
  /** What the latest Plan that has the field would write, where nothing has written it since. */
  readonly planned: ReadonlyMap<string, Planned>
  readonly kept: Readonly<Record<string, Kept>>
  readonly sources: Readonly<Record<string, string>>
  readonly conflicts: readonly (typeof conflicts.$inferSelect)[]
  /** Set while it is an address that only its guest tells and that NetBox does not have. */
  readonly seen: SeenAddress | null
}

/** Reads what is stored of one Item: its latest Changes, what holds it, and the conflicts that are open. */
export async function readItemFacts(database: Database, row: ItemRow): Promise<ItemFacts> {
  const { netbox, key } = row.item
  const [written, held, planned, open, seen] = await Promise.all([
    readWritten(database, netbox, key),
    readHeld(database, netbox, key),
    readPlanned(database, netbox, key),
    database.orm
      .select()
      .from(conflicts)
      .where(and(eq(conflicts.netbox, netbox), eq(conflicts.key, key), eq(conflicts.state, 'open')))
      .orderBy(asc(conflicts.id)),
    database.orm
      .select()
      .from(seenAddresses)
      .where(and(eq(seenAddresses.netbox, netbox), eq(seenAddresses.key, key)))
  ])
  const writtenBefore = row.item.writtenBefore ?? {}
  return {
    ...row,
    written: new Map([...written].filter(([field, { at }]) => !isAfter(writtenBefore[field], at))),
    held,
    planned,
    kept: row.item.kept ?? {},
    sources: row.item.sources ?? {},
    conflicts: open,
    seen: seen[0] === undefined ? null : seenFrom(seen[0])
  }
}

/** Pure: was it written once more, by a Change that is not kept? */
const isAfter = (before: string | undefined, at: string): boolean =>
  before !== undefined && Date.parse(before) > Date.parse(at)

/** The latest Change of each field that NetBox has taken. */
async function readWritten(database: Database, netbox: string, key: string) {
  const rows = await database.orm.execute<{
    field: string
    why: Why | null
    run_id: string
    at: string
  }>(sql`
    select distinct on (field) field, c.why -> field as why, c.run_id, to_json(c.at) #>> '{}' as at
    from inventory.change c, jsonb_object_keys(c.written) as field
    where c.netbox = ${netbox} and c.key = ${key} and c.written is not null
    order by field, c.at desc, c.id desc`)
  return new Map(
    [...rows].map(({ field, why, run_id, at }) => [
      field,
      { why, run_id, at: new Date(at).toISOString() }
    ])
  )
}

/** The fields that a Change is about. */
const fieldsOf = sql`jsonb_object_keys(case c.action when 'delete' then c.before else c.after end)`
const isWrittenSince = sql`(exists (
  select from inventory.change w where w.netbox = c.netbox and w.key = c.key and w.written ? field and w.at > c.at)
  or exists (
    select from inventory.item i where i.netbox = c.netbox and i.key = c.key and (i.written_before ->> field)::timestamptz > c.at))`

async function readPlanned(database: Database, netbox: string, key: string) {
  const rows = await database.orm.execute<
    Planned & { field: string } & Record<string, unknown>
  >(sql`
    select distinct on (field) field, c.run_id, c.action, c.after -> field as wanted
    from inventory.change c, ${fieldsOf} as field
    where c.netbox = ${netbox} and c.key = ${key} and c.outcome = 'planned' and not ${isWrittenSince}
    order by field, c.at desc, c.id desc`)
  return new Map([...rows].map(({ field, ...planned }) => [field, planned]))
}

/** What the latest Run held of it; a field that was written since is held no longer. */
async function readHeld(database: Database, netbox: string, key: string) {
  const rows = await database.orm.execute<Held & { field: string } & Record<string, unknown>>(sql`
    select field, c.guard, c.detail as reason, c.run_id, c.action, c.after -> field as wanted
    from inventory.held_item h join inventory.change c on c.run_id = h.run_id and c.key = h.key and c.outcome = 'held',
      ${fieldsOf} as field
    where h.netbox = ${netbox} and h.key = ${key} and not ${isWrittenSince}
    order by c.id`)
  return new Map([...rows].map(({ field, ...held }) => [field, held]))
}
