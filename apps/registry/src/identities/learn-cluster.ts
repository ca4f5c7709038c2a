import type { ClusterEvidence } from '@proxbox/contracts'
import { eq, sql, type Transaction } from '@proxbox/database'
import type { Static } from 'typebox'
import { clusterEndpoints, clusters, nodes, proxmoxEndpoints } from '../db/schema.ts'
import { newId } from './new-id.ts'
import { recogniseNodes } from './recognise-nodes.ts'

type Evidence = Static<typeof ClusterEvidence>

/**
 * Takes over what the evidence tells: name, CA, new nodes, addresses; nodes that it does not name keep their ids, should
 * they come back, and are no evidence any more.
 */
export async function learn(tx: Transaction, clusterId: string, evidence: Evidence): Promise<void> {
  const ca = evidence.ca_fingerprint === null ? {} : { caFingerprint: evidence.ca_fingerprint }
  const now = new Date()
  await tx
    .update(clusters)
    .set({ name: evidence.name, mode: evidence.mode, ...ca, lastUpdated: now })
    .where(eq(clusters.clusterId, clusterId))
  // The moment, not that of the transaction: a decision that was stored while it waited is older than this.
  const link = { clusterId, fitted: sql`clock_timestamp()` }
  await tx
    .insert(clusterEndpoints)
    .values({ proxmoxEndpointId: evidence.proxmox_endpoint_id, ...link })
    .onConflictDoUpdate({ target: clusterEndpoints.proxmoxEndpointId, set: link })
  const facts = { mode: evidence.mode, version: evidence.version }
  await tx
    .update(proxmoxEndpoints)
    .set(facts)
    .where(eq(proxmoxEndpoints.id, evidence.proxmox_endpoint_id))
  await learnNodes(tx, clusterId, evidence, now)
}

/** Names and addresses of nodes as they are now; new nodes get an id. */
async function learnNodes(
  tx: Transaction,
  clusterId: string,
  evidence: Evidence,
  now: Date
): Promise<void> {
  const rows = await tx.select().from(nodes).where(eq(nodes.clusterId, clusterId))
  const stored = rows.map((row) => ({ ...row, seenMs: row.lastUpdated.getTime() }))
  const facts = { mode: evidence.mode, nowMs: now.getTime() }
  const known = recogniseNodes(evidence.nodes, stored, facts)
  for (const { name, ip } of evidence.nodes) {
    const nodeId = known.get(name)?.nodeId
    // An address that could not be read is not gone.
    const set = { name, ...(ip === null ? {} : { ip }), lastUpdated: now }
    if (nodeId === undefined)
      await tx.insert(nodes).values({ nodeId: newId('n'), clusterId, ...set })
    else await tx.update(nodes).set(set).where(eq(nodes.nodeId, nodeId))
  }
}
