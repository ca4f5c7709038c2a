import { and, asc, eq, inArray, or, type Transaction } from '@proxbox/database'
import { clusterEndpoints, clusters } from '../db/schema.ts'

/** Of an Endpoint that has left no cluster to which a decision could bring it back. */
export const nothingLeft = { leftCluster: null, leftAt: null, takenBackBy: null } as const

/**
 * Two ids are of one cluster: the older one stays, takes over the evidence of the present one, and all Endpoints of both
 * lead into it. The younger one keeps its nodes and is what no Endpoint leads into: whatever NetBox has of it is released.
 * Returns the older id.
 *
 * @param ids `present`: by which it is recognised now; `former`: what it was taken for
 */
export async function mergeClusters(
  tx: Transaction,
  { present, former }: { readonly present: string; readonly former: string }
): Promise<string> {
  const [older, younger] = await tx
    .select()
    .from(clusters)
    .where(inArray(clusters.clusterId, [present, former]))
    .orderBy(asc(clusters.created), asc(clusters.clusterId))
  if (older === undefined || younger === undefined)
    throw new Error(`clusters ${present} and ${former} are not two`)
  const { clusterId } = older
  const { name, caFingerprint } = younger.clusterId === present ? younger : older
  // A CA is of one cluster: it is taken from the one before the other has it.
  await tx
    .update(clusters)
    .set({ caFingerprint: null, mergedInto: clusterId })
    // With those that have become one with it before.
    .where(
      or(eq(clusters.clusterId, younger.clusterId), eq(clusters.mergedInto, younger.clusterId))
    )
  await tx
    .update(clusters)
    .set({ name, caFingerprint: caFingerprint ?? older.caFingerprint })
    .where(eq(clusters.clusterId, clusterId))
  await tx
    .update(clusterEndpoints)
    .set({ clusterId })
    .where(eq(clusterEndpoints.clusterId, younger.clusterId))
  const { leftCluster } = clusterEndpoints
  const isOver = and(eq(leftCluster, clusterId), eq(clusterEndpoints.clusterId, clusterId))
  await tx
    .update(clusterEndpoints)
    .set(nothingLeft)
    .where(or(isOver, eq(leftCluster, younger.clusterId)))
  return clusterId
}
