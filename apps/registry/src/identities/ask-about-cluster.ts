import { createHash } from 'node:crypto'
import { type Conflict, clusterKey } from '@proxbox/contracts'
import type { Contradiction, Evidence } from './recognise-cluster.ts'

const contradictionCode = 'cluster-contradicts'

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
  const facts = [endpoint.id, stored.clusterId, now.identity, before.identity]
  const mark = createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 8)
  const named = `${stored.name} (${stored.clusterId})`
  const target =
    shown === undefined ? 'a new cluster' : `cluster ${shown.name} (${shown.clusterId})`
  const does: Readonly<Partial<Record<ClusterAnswer, string>>> = {
    // A CA that another known cluster has says which cluster it is.
    ...(shown === undefined && {
      same: `It is still cluster ${named}, with new certificates or names: what is shown now is stored as its own.`
    }),
    another: `Proxmox Endpoint ${endpoint.name} leads into ${target} from now on; what NetBox has of cluster ${named} is left as it is.`,
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
