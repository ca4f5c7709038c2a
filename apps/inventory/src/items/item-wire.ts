import { apiPrefix } from '@proxbox/contracts'
import type { items, quarantine } from '../db/schema.ts'
import { quarantinedFrom } from '../quarantine/quarantine.ts'

export interface ItemRow {
  readonly item: typeof items.$inferSelect
  readonly quarantine: typeof quarantine.$inferSelect | null
}

/** Pure: what Proxmox calls it: NetBox may keep another name, which is then the label. */
function proxmoxNameOf({ kept, lastWritten }: ItemRow['item']): string | null {
  const name = kept?.name?.wanted ?? lastWritten.name
  return typeof name === 'string' ? name : null
}

/** Pure: an Item as it travels. */
export const itemWire = ({ item, quarantine }: ItemRow, baseUrl: string) => ({
  id: item.id,
  url: `${baseUrl}${apiPrefix}/items/${item.id}/`,
  display: item.label === '' ? item.key : item.label,
  key: item.key,
  kind: item.kind,
  label: item.label,
  proxmox_name: proxmoxNameOf(item),
  netbox: item.netbox,
  netbox_id: item.netboxId,
  origin: item.origin,
  fields: item.lastWritten,
  evidence: item.evidence,
  missing_since: item.firstMissingAt?.toISOString() ?? null,
  quarantine: quarantine === null ? null : quarantinedFrom(quarantine),
  run_id: item.runId,
  last_updated: item.lastUpdated.toISOString()
})
