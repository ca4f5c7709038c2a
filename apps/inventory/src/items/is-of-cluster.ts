import { clusterKey } from '@proxbox/contracts'
import { sql } from '@proxbox/database'
import { items } from '../db/schema.ts'

const clusterInKey = '^(?:(?:mac:|ip:)?vm|cluster|vlan-group|vlan|storage):([^/]+)'
const nodeInKey = '^(?:device|(?:mac:|ip:)?interface):([^/]+)'

/**
 * Of one of these clusters, or of a node of one: keys of devices and their parts name the node alone, and a device says by
 * what was written last in which cluster it is.
 */
export function isOfCluster(ids: readonly string[]) {
  const among = (all: readonly string[]) =>
    sql`(select jsonb_array_elements_text(${JSON.stringify(all)}::jsonb))`
  return sql`(substring(${items.key} from ${clusterInKey}) in ${among(ids)}
    or (${items.netbox}, substring(${items.key} from ${nodeInKey})) in (
      select device.netbox, substring(device.key from ${nodeInKey}) from inventory.item device
      where device.kind = 'device' and device.last_written #>> '{cluster,ref}' in ${among(ids.map(clusterKey))}))`
}
