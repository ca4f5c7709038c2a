import type { ClusterEvidence, ClusterIdentity, Conflict } from '@proxbox/contracts'
import { asc, type Database, eq, sql, type Transaction } from '@proxbox/database'
import type { Static } from 'typebox'
import { clusterEndpoints, clusters, nodes, proxmoxEndpoints } from '../db/schema.ts'
import { notFound } from '../endpoints/not-found.ts'
import { pendingDecision } from '../rules/decisions.ts'
import { answerIn, askAboutCluster, type ClusterAnswer } from './ask-about-cluster.ts'
import { learn } from './learn-cluster.ts'
import { mergeClusters } from './merge-clusters.ts'
import { newId } from './new-id.ts'
import { type StoredCluster, type Verdict, verdictOn } from './recognise-cluster.ts'
import { rememberLeft, takeBack } from './take-back.ts'

type Evidence = Static<typeof ClusterEvidence>
type Identity = Static<typeof ClusterIdentity>

/**
 * The stored identity of the cluster that this evidence describes; at first contact a new one. Evidence that
 * contradicts what is stored changes nothing and comes back as `conflict`, unless a person has answered just this: then
 * their answer is carried out, once.
 *
 * @throws ProxboxError NOT_FOUND when the Endpoint was removed meanwhile.
 */
export async function identifyCluster(database: Database, evidence: Evidence): Promise<Identity> {
  return await database.transaction(async (tx) => {
    // Two Endpoints may lead into one new cluster at the same moment: rows that are not there yet cannot be locked.
    await tx.execute(sql`select pg_advisory_xact_lock(hashtext('proxbox:registry:clusters'))`)
    const endpoint = await readEndpoint(tx, evidence.proxmox_endpoint_id)
    await takeBack(tx, evidence)
    const verdict = verdictOn(evidence, await readKnown(tx, evidence))
    const { contradiction } = verdict
    if (contradiction === undefined) {
      const clusterId = await meantBy(tx, verdict, { answer: undefined, evidence })
      await learn(tx, clusterId, evidence)
      return { ...(await identityOf(tx, clusterId, evidence)), conflict: null, question: null }
    }
    const question = askAboutCluster(contradiction, evidence, endpoint)
    const answer = await answerTo(tx, question, evidence)
    const clusterId = await meantBy(tx, verdict, { answer, evidence })
    const isSettled = answer === 'same' || answer === 'another'
    if (isSettled) await learn(tx, clusterId, evidence)
    if (answer === 'another')
      await rememberLeft(tx, endpoint.id, { clusterId: contradiction.stored.clusterId, question })
    return {
      ...(await identityOf(tx, clusterId, evidence)),
      conflict: isSettled ? null : contradiction.detail,
      question: isSettled || answer === 'hold' ? null : question
    }
  })
}

/** What a person has answered to just this question and was not carried out yet. */
async function answerTo(
  tx: Transaction,
  question: Conflict,
  { netbox, proxmox_endpoint_id: endpointId }: Evidence
): Promise<ClusterAnswer | undefined> {
  if (netbox === undefined) return undefined
  const { key, code } = question
  const decision = await pendingDecision(tx, { netbox, key, code, endpointId })
  return decision === undefined ? undefined : answerIn(decision, question)
}

/**
 * The id of the cluster in question: the stored one, the older one of two that are the same, or where it is another, that
 * whose CA is shown, or a new one.
 */
async function meantBy(
  tx: Transaction,
  { clusterId, contradiction }: Verdict,
  { answer, evidence }: { answer: ClusterAnswer | undefined; evidence: Evidence }
): Promise<string> {
  const shown = contradiction?.shown?.clusterId
  if (answer === 'same' && clusterId !== undefined && shown !== undefined)
    return await mergeClusters(tx, { present: shown, former: clusterId })
  const known = answer === 'another' ? shown : clusterId
  if (known !== undefined) return known
  const id = newId('c')
  const { name, mode, ca_fingerprint: caFingerprint } = evidence
  await tx.insert(clusters).values({ clusterId: id, name, mode, caFingerprint })
  return id
}

async function identityOf(tx: Transaction, clusterId: string, evidence: Evidence) {
  const links = await tx
    .select()
    .from(clusterEndpoints)
    .where(eq(clusterEndpoints.clusterId, clusterId))
    .orderBy(asc(clusterEndpoints.proxmoxEndpointId))
  const rows = await tx.select().from(nodes).where(eq(nodes.clusterId, clusterId))
  const merged = await tx
    .select({ id: clusters.clusterId })
    .from(clusters)
    .where(eq(clusters.mergedInto, clusterId))
    .orderBy(asc(clusters.created), asc(clusters.clusterId))
  return {
    cluster_id: clusterId,
    name: evidence.name,
    nodes: Object.fromEntries(rows.map((row) => [row.name, row.nodeId])),
    endpoints: links.map((link) => link.proxmoxEndpointId),
    merged: merged.map(({ id }) => id)
  }
}

async function readEndpoint(tx: Transaction, id: number): Promise<{ id: number; name: string }> {
  const [row] = await tx
    .select({ id: proxmoxEndpoints.id, name: proxmoxEndpoints.name })
    .from(proxmoxEndpoints)
    .where(eq(proxmoxEndpoints.id, id))
    .for('share')
  if (row === undefined) throw notFound('ProxmoxEndpoint', id)
  return row
}

async function readKnown(tx: Transaction, evidence: Evidence): Promise<StoredCluster[]> {
  const rows = await tx.select().from(clusters)
  const links = await tx.select().from(clusterEndpoints)
  const all = await tx.select().from(nodes)
  return rows.map((row) => {
    const own = links.filter((link) => link.clusterId === row.clusterId)
    return {
      clusterId: row.clusterId,
      name: row.name,
      caFingerprint: row.caFingerprint,
      nodes: all
        .filter((node) => node.clusterId === row.clusterId && node.lastUpdated >= row.lastUpdated)
        .map((node) => node.name),
      isOfThisEndpoint: own.some((link) => link.proxmoxEndpointId === evidence.proxmox_endpoint_id),
      createdMs: row.created.getTime(),
      leftFor: links
        .filter(({ leftCluster, leftAt }) => leftCluster === row.clusterId && isUnseen(own, leftAt))
        .map((link) => link.clusterId)
    }
  })
}

/** Pure: has no Endpoint into a cluster shown it as it was since one has left it? Then the other may be the same. */
const isUnseen = (
  into: readonly (typeof clusterEndpoints.$inferSelect)[],
  since: Date | null
): boolean => since !== null && into.every(({ fitted }) => fitted <= since)
