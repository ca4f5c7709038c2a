import { type ClusterEvidence, type Conflict, clusterKey } from '@proxbox/contracts'
import { eq, sql, type Transaction } from '@proxbox/database'
import type { Static } from 'typebox'
import { clusterEndpoints } from '../db/schema.ts'
import { pendingDecision } from '../rules/decisions.ts'
import { contradictionCode, decisionFor } from './ask-about-cluster.ts'
import { mergeClusters, nothingLeft } from './merge-clusters.ts'

type Evidence = Static<typeof ClusterEvidence>

/** An Endpoint has left a cluster by the decision `another`: where `same` was offered too, that takes it back later. */
export async function rememberLeft(
  tx: Transaction,
  endpointId: number,
  { clusterId, question }: { readonly clusterId: string; readonly question: Conflict }
): Promise<void> {
  const takenBackBy = decisionFor('same', question) ?? null
  await tx
    .update(clusterEndpoints)
    .set(
      takenBackBy === null
        ? nothingLeft
        : { takenBackBy, leftCluster: clusterId, leftAt: sql`clock_timestamp()` }
    )
    .where(eq(clusterEndpoints.proxmoxEndpointId, endpointId))
}

/**
 * Carries out `same` where it was decided after `another` was carried out: the cluster that the Endpoint left and the one
 * that it leads into are one. Before anything is recognised, for it changes which cluster the Endpoint led into.
 */
export async function takeBack(
  tx: Transaction,
  { netbox, proxmox_endpoint_id: endpointId }: Evidence
): Promise<void> {
  if (netbox === undefined) return
  const [link] = await tx
    .select()
    .from(clusterEndpoints)
    .where(eq(clusterEndpoints.proxmoxEndpointId, endpointId))
  if (link === undefined || link.leftCluster === null) return
  const asked = { key: clusterKey(link.leftCluster), code: contradictionCode }
  const decision = await pendingDecision(tx, { netbox, endpointId, ...asked }, 'leftAt')
  if (decision !== undefined && decision === link.takenBackBy)
    await mergeClusters(tx, { present: link.clusterId, former: link.leftCluster })
}
