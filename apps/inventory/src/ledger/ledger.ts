import type { Adoption } from '@proxbox/contracts'
import { and, asc, type Database, eq, isAfter, isNotNull, sql } from '@proxbox/database'
import { spellRow } from '../changes/feed-row.ts'
import { tell } from '../changes/tell.ts'
import { fence, type Writer } from '../db/fence.ts'
import { type KeyQuery, nextKey } from '../db/key-page.ts'
import { items } from '../db/schema.ts'
import { endCreateQuarantine } from '../quarantine/quarantine.ts'
import { storeLedger } from './store-ledger.ts'

const defaultPage = 5000
const ledgerColumns = {
  key: items.key,
  kind: items.kind,
  label: items.label,
  netbox_id: items.netboxId,
  origin: items.origin,
  last_written: items.lastWritten,
  evidence: items.evidence,
  first_missing_at: items.firstMissingAt,
  drifts: items.drifts,
  kept: items.kept
}

/** The Ledger of one NetBox in key order. */
export async function readLedger(database: Database, query: KeyQuery) {
  const limit = query.limit ?? defaultPage
  const rows = await database.orm
    .select(ledgerColumns)
    .from(items)
    .where(
      and(
        eq(items.netbox, query.netbox),
        isNotNull(items.netboxId),
        isAfter(items.key, query.after)
      )
    )
    .orderBy(asc(items.key))
    .limit(limit)
  const results = rows.map(({ drifts, kept, first_missing_at, ...row }) => ({
    ...row,
    first_missing_at: first_missing_at?.toISOString() ?? null,
    ...(isEmpty(drifts) ? {} : { drifts }),
    ...(isEmpty(kept) ? {} : { kept })
  }))
  return { results, next: nextKey(rows, limit) }
}

/** Pure: nothing is stored as null, or as an object of no fields. */
const isEmpty = (facts: object | null): boolean => facts === null || Object.keys(facts).length === 0

/**
 * What the Ledger learns without a write: objects that were found in NetBox, and facts that have changed. An intent is
 * answered by it; so is the refusal to create what has been found now.
 */
export async function recordAdoptions(
  database: Database,
  request: Writer & { adoptions: readonly Adoption[] }
): Promise<{ stored: number }> {
  const { netbox, adoptions } = request
  await database.transaction(async (tx) => {
    await fence(tx, request)
    const learned = adoptions.map((one) => ({
      ...one,
      sources: one.sources ?? {},
      matched_by: one.evidence_of_match === 'ledger' ? null : one.evidence_of_match
    }))
    await storeLedger(tx, request, learned, { isWritten: false })
    const keys = adoptions.map(({ key }) => ({ key }))
    await tx.execute(sql`
      delete from inventory.intent i using jsonb_to_recordset(${JSON.stringify(keys)}::jsonb) as r(key text)
      where i.netbox = ${netbox} and i.key = r.key`)
    const spells = await endCreateQuarantine(
      tx,
      netbox,
      keys.map(({ key }) => key)
    )
    await tell(
      tx,
      spells.map((spell) => spellRow(spell, request))
    )
  })
  return { stored: adoptions.length }
}
