import { createHash } from 'node:crypto'
import { type Conflict, clusterKey } from '@proxbox/contracts'
import type { Contradiction, Evidence, StoredCluster } from './recognise-cluster.ts'

export const contradictionCode = 'cluster-contradicts' as const

export type ClusterAnswer = 'same' | 'another' | 'hold'

interface Endpoint {
  readonly id: number
  readonly name: string
}

/**
 * Pure: what a person is asked about a contradiction. Each decision ends in a mark of both sides and of the Endpoint: it
 * answers this contradiction and no other one, whatever was shown when they looked.
 */
export function askAboutCluster(
  { stored, shown, detail }: Contradiction,
  evidence: Evidence,
  endpoint: Endpoint
): Conflict {
  const now = sideOf(evidence)
  const before = sideOf({
    ...stored,
    ca_fingerprint: stored.caFingerprint,
    nodes: stored.nodes.map((name) => ({ name }))
  })
  const facts = [
    endpoint.id,
    stored.clusterId,
    now.identity,
    before.identity,
    ...(shown === undefined ? [] : [shown.clusterId])
  ]
  const mark = createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 8)
  const named = namedAs(stored)
  const target = shown === undefined ? 'a new cluster' : `cluster ${namedAs(shown)}`
  const same = sameDoes(stored, shown)
  const does: Readonly<Partial<Record<ClusterAnswer, string>>> = {
    ...(same !== undefined && { same }),
    another: `Proxmox Endpoint ${endpoint.name} leads into ${target} from now on; what NetBox has of cluster ${named} is left as it is.${same === undefined ? '' : ' Deciding "same" later takes that back.'}`,
    hold: `Nothing of cluster ${named} is compared until this is decided otherwise, or Proxmox Endpoint ${endpoint.name} leads into it again.`
  }
  return {
    key: clusterKey(stored.clusterId),
    kind: 'cluster',
    label: stored.name,
    field: null,
    code: contradictionCode,
    detail: `Proxmox Endpoint ${endpoint.name} shows cluster ${evidence.name}: ${detail}.`,
    netbox_id: null,
    proxmox: now.text,
    netbox: before.text,
    decisions: Object.entries(does).map(([answer, text]) => ({
      decision: `${answer}:${mark}`,
      does: text
    }))
  }
}

const namedAs = ({ name, clusterId }: StoredCluster): string => `${name} (${clusterId})`

/**
 * Pure: what `same` would do; undefined where the CA says that it is another cluster. A CA that another known cluster has
 * says so, unless the stored one's was never read, or a person has taken the two for two and nothing has proved it since.
 */
function sameDoes(stored: StoredCluster, shown: StoredCluster | undefined): string | undefined {
  if (shown === undefined)
    return `It is still cluster ${namedAs(stored)}, with new certificates or names: what is shown now is stored as its own.`
  if (stored.caFingerprint !== null && !stored.leftFor.includes(shown.clusterId)) return undefined
  const [older, younger] = [stored, shown].sort(
    (a, b) => a.createdMs - b.createdMs || (a.clusterId < b.clusterId ? -1 : 1)
  ) as [StoredCluster, StoredCluster] // two were sorted
  return `Clusters ${namedAs(stored)} and ${namedAs(shown)} are one: all their Proxmox Endpoints lead into ${namedAs(older)} from now on; what NetBox has of ${namedAs(younger)} is left as it is, and Runs say what that is until it is deleted there.`
}

/** Pure: the decision of a question that means this; undefined when it is not offered. */
export const decisionFor = (answer: ClusterAnswer, { decisions }: Conflict): string | undefined =>
  decisions.find(({ decision }) => decision.startsWith(`${answer}:`))?.decision

/** Pure: what a decision answers to this question; undefined when it was made about another one. */
export function answerIn(decision: string, { decisions }: Conflict): ClusterAnswer | undefined {
  if (!decisions.some((one) => one.decision === decision)) return undefined
  // One of those that `askAboutCluster` has made.
  return decision.split(':')[0] as ClusterAnswer
}

const mostNodes = 10

/** Pure: one side: what identifies it (the CA, else all its names), and how people read it. */
function sideOf({ name, ca_fingerprint: ca, nodes }: Evidence) {
  const names = nodes.map((node) => node.name).sort()
  const more = names.length > mostNodes ? ` and ${names.length - mostNodes} more` : ''
  const listed = `${names.slice(0, mostNodes).join(', ')}${more}`
  return {
    identity: ca ?? [name, ...names],
    text: `${name}; ${ca === null ? 'CA unknown' : `CA ${ca}`}; nodes ${listed}`
  }
}
