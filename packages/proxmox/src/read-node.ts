import type { Node } from '@proxbox/contracts'
import type { Static } from 'typebox'
import { defined } from './defined.ts'
import { type GapScope, readerInto } from './gap-of.ts'
import type { Member } from './parse-cluster.ts'
import {
  type ClusterCa,
  clusterCaFrom,
  nodeFactsFrom,
  nodeInterfacesFrom,
  nodeNotesFrom
} from './parse-node.ts'
import type { ClusterFrame } from './read-cluster.ts'
import type { Reading } from './reading.ts'
import { NonsenseError } from './wire/decode.ts'

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
  let staged = false
  const onStaged = () => {
    staged = true
  }
  const part = <T>(facet: GapScope['facet'], path: string, parse: (data: unknown) => T) =>
    readerInto(frame.gaps)({ scope: 'node', node: name, facet }, async () => {
      const target = { node: targetOf(name, frame), cost: 'plain' } as const
      const whole = `/nodes/${encodeURIComponent(name)}/${path}`
      return parse(await reading.get(target, whole, { onStaged }))
    })
  const none = Promise.resolve(undefined)
  const [facts, notes, network] = await Promise.all([
    part('status', 'status', nodeFactsFrom),
    // The interface calls /nodes/{node}/config its options; `config` is what the guests have.
    reading.proxmox.connection.notes ? part('options', 'config', nodeNotesFrom) : none,
    wants.networks ? part('network', 'network', nodeInterfacesFrom) : none
  ])
  const scope = { scope: 'node', node: name, facet: 'network', reason: 'partial' } as const
  if (network !== undefined && network.broken > 0) {
    const detail = `${network.broken} interfaces of node ${name} came without a usable form.`
    frame.gaps.add({ ...scope, detail })
  }
  if (network !== undefined && network.absent.length > 0) {
    const names = network.absent.join(', ')
    frame.gaps.add({
      ...scope,
      detail: `Interfaces of node ${name} are made of ${names}, which it does not list.`,
      remedy: `If ${names} is gone for good, take it out of /etc/network/interfaces on ${name}.`
    })
  }
  if (staged) {
    frame.gaps.add({
      ...scope,
      detail: `Node ${name} shows network changes that are staged and not in force.`,
      remedy: `Apply or revert them: "pvesh set /nodes/${name}/network" or "pvesh delete /nodes/${name}/network".`
    })
  }
  return defined({
    ...{ ...base, ...facts, notes, interfaces: network?.interfaces },
    networkStaged: staged ? true : undefined
  })
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
    caOf(await reading.get(target, path, {}))
  )
  return ca?.fingerprint
}

/** A node that serves HTTPS has a certificate; one that lists others and no CA tells no evidence. @throws NonsenseError */
function caOf(data: unknown): ClusterCa | undefined {
  const ca = clusterCaFrom(data)
  if (ca === undefined && !listsCertificates(data))
    throw new NonsenseError('the node lists no certificate, not even its own')
  return ca
}

const listsCertificates = (data: unknown): boolean =>
  Array.isArray(data) && data.some((row) => typeof Object(row).filename === 'string')

/** Calls without a node are the entry node's work too, so it has the lane of ''. */
export function targetOf(node: string, frame: Pick<ClusterFrame, 'entryNode'>): string {
  return node === frame.entryNode ? '' : node
}
