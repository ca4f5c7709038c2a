import type { Spell } from '../changes/feed-row.ts'

/** What the tables tell of a conflict. */
export interface StoredConflictRow extends Record<string, unknown> {
  key: string
  kind: string
  label: string
  netbox_id: number | null
  field: string
  code: string
  proxmox_value: unknown
  netbox_value: unknown
}

/** Pure: begin or end of a conflict for the change feed: `before` is NetBox's side, `after` Proxmox's. */
export const spellOf = (row: StoredConflictRow, state: Spell['state']): Spell => ({
  key: row.key,
  kind: row.kind,
  label: row.label,
  netbox_id: row.netbox_id,
  action: 'conflicted',
  state,
  before: row.field === '' ? row.netbox_value : { [row.field]: row.netbox_value },
  after: row.field === '' ? row.proxmox_value : { [row.field]: row.proxmox_value },
  of: row.field === '' ? row.code : `${row.field}.${row.code}`
})
