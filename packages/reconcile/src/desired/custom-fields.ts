import { type Item, kinds } from '@proxbox/contracts'
import { customFieldKey } from '../key-of.ts'

const vm = kinds.vm.model
const device = kinds.device.model
const cluster = kinds.cluster.model
const definitions: readonly (readonly [string, string, string, readonly string[]])[] = [
  ['proxmox_vm_id', 'integer', 'VM ID', [vm]],
  ['proxmox_vm_type', 'text', 'VM type', [vm]],
  ['proxmox_cluster', 'text', 'Cluster', [vm, device, cluster]],
  ['proxmox_node', 'text', 'Node', [vm, device]],
  ['proxmox_start_at_boot', 'boolean', 'Start at boot', [vm]],
  ['proxmox_unprivileged_container', 'boolean', 'Unprivileged container', [vm]],
  ['proxmox_qemu_agent', 'boolean', 'QEMU guest agent', [vm]],
  ['proxmox_search_domain', 'text', 'Search domain', [vm]],
  ['proxmox_os', 'text', 'Operating system', [vm]],
  ['proxmox_pool', 'text', 'Pool', [vm]],
  ['proxmox_ha_state', 'text', 'Requested HA state', [vm]],
  ['proxmox_link', 'url', 'Proxmox', [vm, device]]
]

/** Pure: the custom fields that Proxbox keeps; without defaults, hidden from editing and from the search index. */
export const customFields = (): readonly Item[] =>
  definitions.map(([name, type, label, objectTypes]) => ({
    key: customFieldKey(name),
    kind: 'custom-field',
    fields: {
      name,
      type,
      label,
      group_name: 'Proxmox',
      object_types: objectTypes,
      ui_editable: 'hidden',
      search_weight: 0
    }
  }))
