import type { InUse } from '@proxbox/contracts'
import { asc, type Database, eq, isNotNull } from '@proxbox/database'
import type { Static } from 'typebox'
import { clusterEndpoints, clusters, netboxEndpoints, proxmoxEndpoints } from '../db/schema.ts'

/**
 * The enabled Proxmox Endpoints and the clusters into which they lead: what is removed or disabled is released. A NetBox is
 * in use while an Endpoint has its identity: a disabled one is only left alone, and what waits there goes on waiting.
 */
export async function readInUse(database: Database): Promise<Static<typeof InUse>> {
  const rows = await database.orm
    .select({ name: proxmoxEndpoints.name, clusterId: clusterEndpoints.clusterId })
    .from(proxmoxEndpoints)
    .leftJoin(clusterEndpoints, eq(clusterEndpoints.proxmoxEndpointId, proxmoxEndpoints.id))
    .where(eq(proxmoxEndpoints.enabled, true))
    .orderBy(asc(proxmoxEndpoints.id))
  const merged = await database.orm
    .select({ clusterId: clusters.clusterId })
    .from(clusters)
    .where(isNotNull(clusters.mergedInto))
    .orderBy(asc(clusters.clusterId))
  const netboxes = await database.orm
    .selectDistinct({ identity: netboxEndpoints.identity })
    .from(netboxEndpoints)
    .orderBy(asc(netboxEndpoints.identity))
  return {
    clusters: [...new Set(rows.flatMap(({ clusterId }) => clusterId ?? []))],
    endpoints: rows.map(({ name }) => name),
    merged: merged.map(({ clusterId }) => clusterId),
    netboxes: netboxes.map(({ identity }) => identity)
  }
}
