import type { ClusterEstate, Conflict, ProxmoxConnection } from '@proxbox/contracts'
import type { IdentifiedCluster } from '../src/sync/identified-cluster.ts'

export const connection = (id: number): ProxmoxConnection => ({
  ...{ id, name: `edge ${id}`, host: 'pve.example.org', port: 8006, username: 'root@pam' },
  ...{ verify_ssl: true, ca_certificate: '', fingerprint_sha256: '', site: null, tenant: null },
  ...{ netbox_cluster: null, notes: true, link_base: null, timeout: 5 },
  fetch_max_concurrency: null
})

export const question = (clusterId: string, detail: string): Conflict => ({
  ...{ key: `cluster:${clusterId}`, kind: 'cluster', label: 'lab', field: null, netbox_id: null },
  ...{ code: 'cluster-contradicts', detail, proxmox: 'now', netbox: 'before', decisions: [] }
})

/** What an Endpoint shows of the cluster `lab`, and whose the registry says it is. */
export function seenBy(
  id: number,
  facts: Partial<ClusterEstate>,
  identity: Partial<IdentifiedCluster['identity']> = {}
): IdentifiedCluster {
  const cluster: ClusterEstate = {
    ...{ clusterId: '', name: 'lab', mode: 'cluster', endpointId: id, endpointName: `edge ${id}` },
    ...{ version: '9.2.3', quorate: true, nodes: [], guests: [], guestListWhole: true },
    ...{ storages: [], tagColors: {}, gaps: [] },
    ...facts
  }
  return {
    connection: connection(id),
    cluster,
    identity: {
      ...{ cluster_id: 'caaaaaaaa', name: 'lab', nodes: {}, endpoints: [], merged: [] },
      ...{ conflict: null, question: null },
      ...identity
    }
  }
}
