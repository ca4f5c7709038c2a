import type { Fields, Item, Node, Notice } from '@proxbox/contracts'
import { clusterKey, deviceKey, scaffoldKey } from '../key-of.ts'
import { type DesiredOptions, knownNames } from '../options.ts'
import { ownTags, type Placed } from './clusters.ts'
import { linkStart } from './links.ts'
import { nameNotices, plainText, uniqueNames } from './names.ts'

/** Pure: names of all nodes: the node's own, else with its cluster behind. */
function deviceNames(all: readonly Placed[], options: DesiredOptions) {
  const named = all.flatMap(({ cluster }) =>
    cluster.nodes.map((node) => ({
      key: deviceKey(node.nodeId),
      name: node.name,
      suffix: `.${cluster.name}`,
      rank: cluster.endpointId
    }))
  )
  const names = uniqueNames(named, 64, 'device:', knownNames(options))
  return { names, notices: nameNotices(named, names, 64) }
}

/** Pure: what only some nodes and Endpoints tell: notes, and where the node is in Proxmox. */
function toldFields({ name, notes }: Node, { connection }: Placed): Fields {
  const link = linkStart(connection.linkBase)
  return {
    ...(connection.notes && notes ? { comments: plainText(notes) } : {}),
    ...(link === undefined ? {} : { 'cf.proxmox_link': `${link}/#v1:0:=node%2F${name}` })
  }
}

/** Pure: one Device per node. */
export function deviceItems(
  all: readonly Placed[],
  options: DesiredOptions
): { items: Item[]; notices: Notice[] } {
  const { names, notices } = deviceNames(all, options)
  // Filled it is active, for a node that is off is still in use; with policy source it follows the node.
  const isFollowed = options.endpoint.policies['device.status'] === 'source'
  const items = all.flatMap((placed) =>
    placed.cluster.nodes.map((node): Item => {
      const key = deviceKey(node.nodeId)
      const fields: Fields = {
        name: names.get(key) ?? node.name,
        device_type: { ref: scaffoldKey('device-type', 'proxmox-generic-device') },
        role: { ref: scaffoldKey('device-role', 'proxmox-node') },
        site: { ref: placed.site },
        cluster: { ref: clusterKey(placed.cluster.clusterId) },
        status: isFollowed && !node.online ? 'offline' : 'active',
        ...(placed.tenant === undefined ? {} : { tenant: { ref: placed.tenant } }),
        'cf.proxmox_cluster': placed.label,
        'cf.proxmox_node': node.name,
        ...toldFields(node, placed),
        tags: ownTags(options)
      }
      const evidence: Record<string, string> = node.ip === undefined ? {} : { address: node.ip }
      const sources = { name: 'nodes[].node', comments: 'node config.description' }
      return { key, kind: 'device', fields, sources, evidence }
    })
  )
  return { items, notices }
}
