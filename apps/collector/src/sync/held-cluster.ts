import { type Conflict, type Gap, ProxboxError, type ProxmoxConnection } from '@proxbox/contracts'
import type { IdentifiedCluster } from './identified-cluster.ts'

interface HeldCluster {
  readonly connection: ProxmoxConnection
  /** Nothing of the cluster counts as read. */
  readonly gap: Gap
  /** What a person must decide; undefined once they have decided to hold it. */
  readonly question: Conflict | undefined
}

const undecided = 'Say which cluster it is: "proxbox conflicts" lists what can be decided.'
const onHold =
  'It is held as a person has decided: "proxbox conflicts --all" lists what else can be decided.'

/**
 * Pure: a cluster that is not what it was, as its oldest Endpoint that contradicts tells; undefined when none does. One
 * question at a time: the next Endpoint is asked about when the first is decided.
 */
export function heldCluster(all: readonly IdentifiedCluster[]): HeldCluster | undefined {
  const contradicting = all.filter(({ identity }) => identity.conflict !== null)
  const asking = contradicting.find(({ identity }) => identity.question !== null)
  const told = asking ?? contradicting[0]
  if (told === undefined) return undefined
  const { cluster, connection, identity } = told
  const error = new ProxboxError('CLUSTER_CONFLICT', {
    cluster: cluster.name,
    endpoint: connection.name,
    detail: identity.conflict
  })
  return {
    connection,
    gap: {
      cluster: identity.cluster_id,
      scope: 'cluster',
      facet: 'list',
      reason: 'error',
      detail: error.message,
      remedy: asking === undefined ? onHold : undecided
    },
    question: identity.question ?? undefined
  }
}
