export interface StoredCluster {
  readonly clusterId: string
  readonly name: string
  readonly caFingerprint: string | null
  /** Those of its last reading. */
  readonly nodes: readonly string[]
  /** The Endpoint that asks led into this cluster last time. */
  readonly isOfThisEndpoint: boolean
  /** Epoch milliseconds of its first contact. */
  readonly createdMs: number
  /** Clusters for which an Endpoint left it by a decision, if it was not seen since: they may be this one. */
  readonly leftFor: readonly string[]
}

export interface Evidence {
  readonly name: string
  readonly ca_fingerprint: string | null
  readonly nodes: readonly { readonly name: string }[]
}

/** What an Endpoint shows is not the cluster into which it led. */
export interface Contradiction {
  readonly stored: StoredCluster
  /** Another cluster that is known by the CA; undefined: one that was never seen. */
  readonly shown: StoredCluster | undefined
  readonly detail: string
}

export interface Verdict {
  /** Undefined: a cluster that was never seen. */
  readonly clusterId: string | undefined
  readonly contradiction: Contradiction | undefined
}

/**
 * Pure: which stored cluster is this? The CA decides where both sides know it (it is unique per cluster and the same on
 * all nodes). Without it the Endpoint's last cluster is kept, unless neither a node nor the name is the same.
 */
export function verdictOn(evidence: Evidence, known: readonly StoredCluster[]): Verdict {
  const byCa =
    evidence.ca_fingerprint === null
      ? undefined
      : known.find((one) => one.caFingerprint === evidence.ca_fingerprint)
  const last = known.find((one) => one.isOfThisEndpoint)
  if (last === undefined || byCa === last)
    return { clusterId: byCa?.clusterId, contradiction: undefined }
  const detail = byCa === undefined ? contradiction(evidence, last) : moved(last, byCa)
  return {
    clusterId: last.clusterId,
    contradiction: detail === null ? undefined : { stored: last, shown: byCa, detail }
  }
}

const moved = (last: StoredCluster, byCa: StoredCluster): string => {
  const unread = last.caFingerprint === null ? ', whose CA was never read,' : ''
  return `this Endpoint led into cluster ${last.name} (${last.clusterId})${unread} before, and now into ${byCa.name} (${byCa.clusterId})`
}

function contradiction(evidence: Evidence, stored: StoredCluster): string | null {
  const sharesNode = evidence.nodes.some((node) => stored.nodes.includes(node.name))
  const sharesName = evidence.name === stored.name
  const otherCa = evidence.ca_fingerprint !== null && stored.caFingerprint !== null
  if (otherCa && !(sharesNode && sharesName))
    return `its CA certificate, and its name or all its nodes, differ from those of ${stored.name} (${stored.clusterId})`
  if (!sharesNode && !sharesName)
    return `neither its name nor any of its nodes is known of ${stored.name} (${stored.clusterId})`
  return null
}
