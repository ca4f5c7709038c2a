import type { ClusterEvidence, ClusterIdentity } from '@proxbox/contracts'
import { asc, type Database, eq, inArray, sql, type Transaction } from '@proxbox/database'
import type { Static } from 'typebox'
import { clusterEndpoints, clusters, nodes, proxmoxEndpoints } from '../db/schema.ts'
import { notFound } from '../endpoints/not-found.ts'
import { newId } from './new-id.ts'
import { type StoredCluster, verdictOn } from './recognise-cluster.ts'
import { recogniseNodes } from './recognise-nodes.ts'

type Evidence = Static<typeof ClusterEvidence>
type Identity = Static<typeof ClusterIdentity>

/**
 * The stored identity of the cluster that this evidence describes; at first contact a new one. Evidence that
 * contradicts what is stored changes nothing and comes back as `conflict`.
 *
 * @throws ProxboxError NOT_FOUND when the Endpoint was removed meanwhile.
 */
export async function identifyCluster(database: Database, evidence: Evidence): Promise<Identity> {
  return await database.transaction(async (tx) => {
    // Two Endpoints may lead into one new cluster at the same moment: rows that are not there yet cannot be locked.
    await tx.execute(sql`select pg_advisory_xact_lock(hashtext('proxbox:registry:clusters'))`)
    await checkEndpoint(tx, evidence.proxmox_endpoint_id)
    const known = await readKnown(tx, evidence)
    const verdict = verdictOn(evidence, known)
    const clusterId = verdict.clusterId ?? newId('c')
    if (verdict.clusterId === undefined) await insertCluster(tx, clusterId, evidence)
    if (verdict.conflict === null) await learn(tx, clusterId, evidence)
    const links = await tx
      .select()
      .from(clusterEndpoints)
      .where(eq(clusterEndpoints.clusterId, clusterId))
      .orderBy(asc(clusterEndpoints.proxmoxEndpointId))
    const rows = await tx.select().from(nodes).where(eq(nodes.clusterId, clusterId))
    return {
      cluster_id: clusterId,
      name: evidence.name,
      nodes: Object.fromEntries(rows.map((row) => [row.name, row.nodeId])),
      endpoints: links.map((link) => link.proxmoxEndpointId),
      conflict: verdict.conflict
    }
  })
}

async function checkEndpoint(tx: Transaction, id: number): Promise<void> {
  const isIt = eq(proxmoxEndpoints.id, id)
  const rows = await tx
    .select({ id: proxmoxEndpoints.id })
    .from(proxmoxEndpoints)
    .where(isIt)
    .for('share')
  if (rows.length === 0) throw notFound('ProxmoxEndpoint', id)
}

async function readKnown(tx: Transaction, evidence: Evidence): Promise<StoredCluster[]> {
  const rows = await tx.select().from(clusters)
  const links = await tx.select().from(clusterEndpoints)
  const names = await tx
    .select({ clusterId: nodes.clusterId, name: nodes.name })
    .from(nodes)
    .where(
      inArray(
        nodes.clusterId,
        rows.map((row) => row.clusterId)
      )
    )
  return rows.map((row) => ({
    clusterId: row.clusterId,
    name: row.name,
    caFingerprint: row.caFingerprint,
    nodes: names.filter((node) => node.clusterId === row.clusterId).map((node) => node.name),
    isOfThisEndpoint: links.some(
      (link) =>
        link.clusterId === row.clusterId && link.proxmoxEndpointId === evidence.proxmox_endpoint_id
    )
  }))
}

async function insertCluster(
  tx: Transaction,
  clusterId: string,
  evidence: Evidence
): Promise<void> {
  await tx.insert(clusters).values({
    clusterId,
    name: evidence.name,
    mode: evidence.mode,
    caFingerprint: evidence.ca_fingerprint
  })
}

/** Takes over what the evidence adds: name, CA when it was unknown, new nodes, addresses. */
async function learn(tx: Transaction, clusterId: string, evidence: Evidence): Promise<void> {
  const ca = evidence.ca_fingerprint === null ? {} : { caFingerprint: evidence.ca_fingerprint }
  await tx
    .update(clusters)
    .set({ name: evidence.name, mode: evidence.mode, ...ca, lastUpdated: new Date() })
    .where(eq(clusters.clusterId, clusterId))
  const link = { proxmoxEndpointId: evidence.proxmox_endpoint_id, clusterId }
  await tx
    .insert(clusterEndpoints)
    .values(link)
    .onConflictDoUpdate({ target: clusterEndpoints.proxmoxEndpointId, set: { clusterId } })
  const facts = { mode: evidence.mode, version: evidence.version }
  await tx
    .update(proxmoxEndpoints)
    .set(facts)
    .where(eq(proxmoxEndpoints.id, evidence.proxmox_endpoint_id))
  await learnNodes(tx, clusterId, evidence)
}

/** Names and addresses of nodes as they are now; new nodes get an id. */
async function learnNodes(tx: Transaction, clusterId: string, evidence: Evidence): Promise<void> {
  const now = new Date()
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
