import type { Fields, Item, Node, NodeInterface, Notice } from '@proxbox/contracts'
import { deviceKey, nodeInterfaceKey } from '../key-of.ts'
import type { DesiredOptions } from '../options.ts'
import type { Placed } from './clusters.ts'
import type { Reference } from './reference.ts'
import { vlanFields } from './vlans.ts'

/** Pure: NetBox's type by the form that Proxmox tells; the API tells no speed, so a physical one is `other`. */
function typeOf(one: NodeInterface): string {
  if (/bridge$/i.test(one.type)) return 'bridge'
  if (/bond$/i.test(one.type)) return 'lag'
  return /^(vlan|alias|OVSIntPort)$/i.test(one.type) ? 'virtual' : 'other'
}

interface Links {
  readonly bridgeOf: ReadonlyMap<string, string>
  readonly bondOf: ReadonlyMap<string, string>
  readonly names: ReadonlySet<string>
}

function linksOf(interfaces: readonly NodeInterface[]): Links {
  const pairs = (members: (one: NodeInterface) => readonly string[]) =>
    new Map(interfaces.flatMap((one) => members(one).map((name) => [name, one.name] as const)))
  return {
    bridgeOf: pairs((one) => one.bridgePorts),
    bondOf: pairs((one) => one.bondSlaves),
    names: new Set(interfaces.map((one) => one.name))
  }
}

/** Pure: what an interface is a part of; null where it is a part of none, nothing where that one is not listed. */
function linkFields(node: Node, one: NodeInterface, links: Links): Fields {
  const to = (field: string, name: string | undefined): Fields => {
    if (name === undefined) return { [field]: null }
    return name === one.name || !links.names.has(name)
      ? {}
      : { [field]: { ref: nodeInterfaceKey(node.nodeId, name) } }
  }
  return {
    ...to('bridge', links.bridgeOf.get(one.name)),
    // NetBox knows a LAG of no virtual interface, and a parent of no other.
    ...(typeOf(one) === 'virtual'
      ? to('parent', one.vlanRawDevice)
      : to('lag', links.bondOf.get(one.name)))
  }
}

/** Pure: interfaces of a node whose network list was read. */
export function nodeInterfaceItems(
  node: Node,
  placed: Placed,
  options: DesiredOptions,
  reference: Reference
): { items: Item[]; notices: Notice[] } {
  const interfaces = (node.interfaces ?? []).filter((one) => one.name.length <= 64)
  const links = linksOf(interfaces)
  const out = { items: [] as Item[], notices: [] as Notice[] }
  for (const one of interfaces) {
    const key = nodeInterfaceKey(node.nodeId, one.name)
    const vlans = vlanFields(
      { key, label: `${node.name} ${one.name}`, untagged: one.vlanId, tagged: [] },
      placed,
      options,
      reference
    )
    out.notices.push(...vlans.notices)
    out.items.push(...vlans.items, {
      key,
      kind: 'interface',
      fields: {
        device: { ref: deviceKey(node.nodeId) },
        name: one.name,
        type: typeOf(one),
        enabled: one.active || one.autostart,
        mtu: one.mtu ?? null,
        description: one.comments ?? '',
        ...vlans.fields,
        ...linkFields(node, one, links)
      },
      sources: { name: 'network iface', mtu: 'network mtu', description: 'network comments' },
      ...(one.altNames.length === 0
        ? {}
        : { evidence: { alt_names: [...one.altNames].sort().join(',') } })
    })
  }
  return out
}
