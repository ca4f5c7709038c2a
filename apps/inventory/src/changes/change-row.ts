import { createHash } from 'node:crypto'
import { type Change, changeText } from '@proxbox/contracts'
import type { changes } from '../db/schema.ts'

type StoredChange = typeof changes.$inferSelect

/** Pure: a Change as one flat row, its columns named as in the table. */
export function rowFrom(change: Change) {
  const { key, kind, action, netbox_id, label, origin, before, after, why, ...rest } = change
  const { evidence = {}, ...learns } = rest
  return {
    ...{ key, kind, action, netbox_id, label, origin, before, after, why, evidence },
    learns: Object.keys(learns).length === 0 ? null : learns
  }
}

/** Pure: SHA-256 (hex) of what the Change would write: what a Plan's own is made of. */
export const hashOf = (change: Change): string =>
  createHash('sha256').update(changeText(change)).digest('hex')

/** Pure: a stored row as the Change that it was. */
export const changeFrom = (row: StoredChange) => ({ ...effectOf(row), ...row.learns })

/** Pure: what a Change does and why, without what only the Ledger learns from it. */
export const effectOf = (row: StoredChange) => ({
  key: row.key,
  kind: row.kind,
  action: row.action,
  netbox_id: row.netboxId,
  before: row.before,
  after: row.after,
  why: row.why,
  label: row.label,
  origin: row.origin,
  evidence: row.evidence
})
