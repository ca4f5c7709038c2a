import type { ClusterEstate } from '@proxbox/contracts'
import {
  addGuest,
  createWorld,
  type Guest,
  guestOf,
  setAddresses,
  type World
} from '@proxbox/simulator/proxmox'
import { readWorld } from '../proxmox-side.ts'

export interface MadeGuest {
  readonly vmid: number
  readonly name: string
  readonly type?: 'qemu' | 'lxc'
  /** Tells guests apart that were made one after the other: uuid, creation time and MAC follow from it. */
  readonly life?: number
  readonly address?: string
  readonly node?: string
  /** Of another guest: what a clone or a restore may take along. */
  readonly mac?: string
  readonly uuid?: string
}

const hex = (value: number, digits: number) =>
  value.toString(16).toUpperCase().padStart(digits, '0')

/** Pure: the MAC of a guest's only NIC. */
export const macOf = ({ vmid, life = 0 }: Pick<MadeGuest, 'vmid' | 'life'>): string =>
  `BC:24:11:${hex(life, 2)}:${hex(vmid >> 8, 2)}:${hex(vmid & 255, 2)}`

/** Pure: the SMBIOS uuid of a guest. */
export const uuidOf = ({ vmid, life = 0 }: Pick<MadeGuest, 'vmid' | 'life'>): string =>
  `00000000-0000-4000-8000-${hex(life, 4)}${hex(vmid, 8)}`.toLowerCase()

/** One simulated cluster of two nodes, with an id as the registry gives it; its nodes keep theirs. */
export class ProxmoxLab {
  readonly world: World
  readonly clusterId: string
  private readonly nodeIds = new Map<string, string>()

  constructor(clusterId = 'caaaaaaaa', clusterName = 'lab') {
    this.clusterId = clusterId
    this.world = createWorld({ seed: 7, guests: 0, nodes: 2, clusterName, templates: false })
    for (const { name } of this.world.nodes) this.nodeIds.set(name, `n${clusterId.slice(1)}${name}`)
  }

  add(made: MadeGuest): Guest {
    const { vmid, name, type = 'qemu', life = 0 } = made
    const mac = made.mac ?? macOf(made)
    const host = made.address ?? `10.1.${(vmid >> 8) & 255}.${vmid & 255}`
    const own =
      type === 'qemu'
        ? {
            name,
            net0: `virtio=${mac},bridge=vmbr0`,
            smbios1: `uuid=${made.uuid ?? uuidOf(made)}`,
            meta: `creation-qemu=9.0.0,ctime=${1_700_000_000 + life * 1000 + vmid}`
          }
        : { hostname: name, net0: `name=eth0,bridge=vmbr0,hwaddr=${mac},ip=dhcp,type=veth` }
    return addGuest(this.world, {
      vmid,
      type,
      node: made.node ?? this.world.nodes[0]?.name ?? '',
      config: own,
      interfaces: [
        {
          name: 'eth0',
          mac: mac.toLowerCase(),
          addresses: [{ address: host, family: 4, prefix: 24 }]
        }
      ]
    })
  }

  addressOf(vmid: number, address: string): void {
    setAddresses(this.world, vmid, 0, [{ address, family: 4, prefix: 24 }])
  }

  template(vmid: number): void {
    guestOf(this.world, vmid).config.template = 1
  }

  /** The node gets another name, as its reinstallation gives it; the registry knows it by its evidence. */
  renameNode(from: string, to: string): void {
    const node = this.world.nodes.find(({ name }) => name === from)
    const id = this.nodeIds.get(from)
    if (node === undefined || id === undefined) throw new Error(`no node ${from}`)
    node.name = to
    this.nodeIds.set(to, id)
    for (const guest of this.world.guests) if (guest.node === from) guest.node = to
  }

  /** What the reader sees, under the ids of the registry. */
  async seen(): Promise<ClusterEstate> {
    const cluster = await readWorld(this.world, this.clusterId)
    return {
      ...cluster,
      nodes: cluster.nodes.map((node) => ({
        ...node,
        nodeId: this.nodeIds.get(node.name) ?? node.nodeId
      }))
    }
  }
}

/** Pure: key of a guest in the first cluster. */
export const vmKey = (vmid: number, type = 'qemu', clusterId = 'caaaaaaaa'): string =>
  `vm:${clusterId}/${type}/${vmid}`
