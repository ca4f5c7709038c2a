import type { Adoption, Kept } from '@proxbox/contracts'
import { sql, type Transaction } from '@proxbox/database'
import type { Writer } from '../db/fence.ts'
import { oneObjectEach } from './same-object.ts'
import { forgetSeen } from './seen-addresses.ts'

/** What the Ledger learns of one object; what is absent stays as it is known. */
export interface Learned {
  readonly key: string
  readonly kind: string
  readonly label: string
  readonly netbox_id: number | null
  readonly origin: string
  readonly values: Adoption['values']
  readonly evidence: Readonly<Record<string, string>>
  readonly sources: Readonly<Record<string, string>>
  readonly kept?: Readonly<Record<string, Kept>> | undefined
  readonly drifts?: Readonly<Record<string, number>> | undefined
  readonly missing_since?: string | null | undefined
  /** How it was recognised; the first one stays. */
  readonly matched_by?: string | null
}

/**
 * Values, evidence and sources are added to those known; kept, drifts and missing_since replace where they are given.
 *
 * @param options isWritten: we wrote these values just now, so none of these fields is kept any more; of a set the elements
 *   that a person took away are, whatever else of it is written
 */
export async function storeLedger(
  tx: Transaction,
  { netbox, run_id }: Writer,
  rows: readonly Learned[],
  { isWritten }: { readonly isWritten: boolean }
): Promise<void> {
  if (rows.length === 0) return
  await oneObjectEach(tx, netbox, rows)
  const kept = isWritten
    ? sql`item.kept - array(select f from jsonb_object_keys(excluded.last_written) f
        where jsonb_typeof(item.kept -> f -> 'wanted') is distinct from 'array')`
    : sql`item.kept`
  await tx.execute(sql`
    insert into inventory.item (netbox, key, kind, label, netbox_id, origin, last_written, evidence, matched_by, sources, kept, drifts, run_id)
    select ${netbox}, r.key, r.kind, r.label, r.netbox_id, r.origin, r.values, r.evidence, r.matched_by, r.sources, r.kept, r.drifts, ${run_id}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(key text, kind text, label text, netbox_id integer, origin text,
      values jsonb, evidence jsonb, matched_by text, sources jsonb, kept jsonb, drifts jsonb)
    on conflict (netbox, key) do update set
      kind = excluded.kind, label = excluded.label, netbox_id = excluded.netbox_id, origin = excluded.origin,
      last_written = item.last_written || excluded.last_written, evidence = item.evidence || excluded.evidence,
      matched_by = coalesce(item.matched_by, excluded.matched_by),
      sources = coalesce(item.sources || excluded.sources, excluded.sources),
      kept = coalesce(excluded.kept, ${kept}), drifts = coalesce(excluded.drifts, item.drifts),
      run_id = excluded.run_id, last_updated = now()`)
  await storeMissing(tx, netbox, rows)
  await forgetSeen(
    tx,
    netbox,
    rows.filter(({ kind }) => kind === 'ip-address').map(({ key }) => key)
  )
}

/** JSON cannot tell SQL what is absent from what is null, so only rows that say something come here. */
async function storeMissing(
  tx: Transaction,
  netbox: string,
  rows: readonly Learned[]
): Promise<void> {
  const told = rows
    .filter((row) => row.missing_since !== undefined)
    .map(({ key, missing_since }) => ({ key, missing_since }))
  if (told.length === 0) return
  await tx.execute(sql`
    update inventory.item t set first_missing_at = r.missing_since
    from jsonb_to_recordset(${JSON.stringify(told)}::jsonb) as r(key text, missing_since timestamptz)
    where t.netbox = ${netbox} and t.key = r.key`)
}
