import type { Estate, Storage } from '@proxbox/contracts'
import type { Reporter } from '../backend/reporter.ts'
import type { Facts } from './facts.ts'

/** Pure: storages as Items of the inventory: shared ones once per cluster, others per node. */
function storageItems(estate: Estate) {
  return estate.clusters.flatMap(({ clusterId, name, endpointId, storages }) =>
    storages.map((storage) => ({
      key: [`storage:${clusterId}`, storage.node, storage.storage]
        .filter((part) => part !== undefined)
        .join('/'),
      kind: 'storage',
      label: storage.node === undefined ? storage.storage : `${storage.storage} on ${storage.node}`,
      fields: fieldsOf(storage, { clusterId, name, endpointId })
    }))
  )
}

const fieldsOf = (
  storage: Storage,
  cluster: { clusterId: string; name: string; endpointId: number }
) => ({
  storage_id: storage.storage,
  node: storage.node ?? null,
  storage_type: storage.type,
  shared: storage.shared,
  content_types: storage.contentTypes,
  status: storage.status,
  total_bytes: storage.totalBytes ?? null,
  used_bytes: storage.usedBytes ?? null,
  cluster: cluster.name,
  proxmox_endpoint: cluster.endpointId
})

/** Stores what was read of storages, and counts what differed. */
export async function recordStorages(
  estate: Estate,
  facts: Pick<Facts, 'recordItems'>,
  reporter: Reporter
): Promise<void> {
  const counts = await facts.recordItems(storageItems(estate))
  for (const what of ['created', 'updated', 'unchanged'] as const)
    reporter.count('storage', what, counts[what])
}
