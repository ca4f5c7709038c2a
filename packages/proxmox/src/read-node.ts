import type { Node } from '@proxbox/contracts'
import type { Static } from 'typebox'
import { defined } from './defined.ts'
import type { GapScope } from './gap-of.ts'
import type { Member } from './parse-cluster.ts'
import { clusterCaFrom, nodeFactsFrom, nodeInterfacesFrom, nodeNotesFrom } from './parse-node.ts'
import { type ClusterFrame, readerInto } from './read-cluster.ts'
import type { Reading } from './reading.ts'

type EstateNode = Static<typeof Node>

/** Reads one node: at most three requests; none when it is offline. */
export async function readNode(
  reading: Reading,
  member: Member,
  frame: ClusterFrame,
  wants: { networks: boolean }
): Promise<EstateNode> {
  const { name, ip, online } = member
  const base = defined({ nodeId: name, name, online, ip })
  if (!online) {
    frame.gaps.add({
      ...{ scope: 'node', node: name, facet: 'status', reason: 'offline' },
      detail: `Node ${name} is offline: neither it nor its guests can be read.`,
      remedy: 'Nothing of it is deleted; it is read again when the node is back.'
    })
    return base
  }
  const part = <T>(facet: GapScope['facet'], path: string, parse: (data: unknown) => T) =>
    readerInto(frame.gaps)({ scope: 'node', node: name, facet }, async () => {
      const target = { node: targetOf(name, frame), cost: 'plain' } as const
      return parse(await reading.get(target, `/nodes/${encodeURIComponent(name)}/${path}`, {}))
    })
  const none = Promise.resolve(undefined)
  const [facts, notes, network] = await Promise.all([
    part('status', 'status', nodeFactsFrom),
    reading.proxmox.connection.notes ? part('config', 'config', nodeNotesFrom) : none,
    wants.networks ? part('network', 'network', nodeInterfacesFrom) : none
  ])
  if (network !== undefined && network.broken > 0) {
    frame.gaps.add({
      ...{ scope: 'node', node: name, facet: 'network', reason: 'partial' },
      detail: `${network.broken} interfaces of node ${name} came without a usable form.`
    })
  }
  return defined({ ...base, ...facts, notes, interfaces: network?.interfaces })
}

/** The SHA-256 fingerprint of the cluster's CA, by any node that answers. */
export async function readCaFingerprint(
  reading: Reading,
  frame: ClusterFrame
): Promise<string | undefined> {
  const online = frame.membership.members.filter((member) => member.online)
  const asked = online.find((member) => member.name === frame.entryNode) ?? online[0]
  if (asked === undefined) return undefined
  const path = `/nodes/${encodeURIComponent(asked.name)}/certificates/info`
  const target = { node: targetOf(asked.name, frame), cost: 'plain' } as const
  const scope = { scope: 'cluster', facet: 'config' } as const
  const ca = await readerInto(frame.gaps)(scope, async () =>
    clusterCaFrom(await reading.get(target, path, {}))
  )
  return ca?.fingerprint
}

/** Calls without a node are the entry node's work too, so it has the lane of ''. */
export function targetOf(node: string, frame: Pick<ClusterFrame, 'entryNode'>): string {
  return node === frame.entryNode ? '' : node
}
