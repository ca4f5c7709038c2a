import { createHash } from 'node:crypto'
import { type Change, changeText } from '@proxbox/contracts'
import type { changes } from '../db/schema.ts'

type StoredChange = typeof changes.$inferSelect

/** Pure: a Change as one flat row, its columns named as in the table. */
export const rowFrom = (change: Change) => ({
  key: change.key,
  kind: change.kind,
  action: change.action,
  netbox_id: change.netbox_id,
  label: change.label,
  origin: change.origin,
  before: change.before,
  after: change.after,
  why: change.why,
  evidence: change.evidence ?? {},
  learns: learnsOf(change)
})

/** Pure: JSON null is a fact here (it is back), so what is absent stays absent. */
function learnsOf({ missing_since, drifts }: Change) {
  if (missing_since === undefined && drifts === undefined) return null
  return {
    ...(missing_since === undefined ? {} : { missing_since }),
    ...(drifts === undefined ? {} : { drifts })
  }
}

/** Pure: SHA-256 (hex) of what the Change would write: what a Plan's own is made of. */
export const hashOf = (change: Change): string =>
  createHash('sha256').update(changeText(change)).digest('hex')

/** Pure: a stored row as the Change that it was. */
export const changeFrom = (row: StoredChange) => ({
  key: row.key,
  kind: row.kind,
  action: row.action,
  netbox_id: row.netboxId,
  before: row.before,
  after: row.after,
  why: row.why,
  label: row.label,
  origin: row.origin,
  evidence: row.evidence,
  ...row.learns
})
