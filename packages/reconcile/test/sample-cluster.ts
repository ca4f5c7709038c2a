import type { ClusterEstate, Guest, GuestConfig } from '@proxbox/contracts'

const mac = (n: number): string =>
  `BC:24:11:${[16, 8, 0].map((shift) => ((n >> shift) & 255).toString(16).padStart(2, '0')).join(':')}`.toUpperCase()

/** A guest with one NIC, one disk, one static address. */
export const guest = (vmid: number, more: Partial<Guest> = {}): Guest => ({
  vmid,
  type: 'qemu',
  node: 'pve1',
  name: `vm${vmid}`,
  status: 'running',
  config: configOf(vmid),
  ...more
})

export const configOf = (vmid: number): GuestConfig => ({
  name: `vm${vmid}`,
  memoryMiB: 2048,
  vcpus: 2,
  onBoot: true,
  template: false,
  agentEnabled: false,
  tags: ['web'],
  nics: [
    {
      slot: 'net0',
      model: 'virtio',
      mac: mac(vmid),
      bridge: 'vmbr0',
      trunks: [],
      linkDown: false,
      firewall: false,
      addresses: [`10.${(vmid >> 8) & 255}.${vmid & 255}.10/24`]
    }
  ],
  disks: [
    {
      slot: 'scsi0',
      storage: 'local',
      volume: `vm-${vmid}-disk-0`,
      sizeBytes: 2 ** 33,
      media: 'disk'
    }
  ],
  unknownKeys: []
})

export interface Sample {
  readonly clusterId?: string
  readonly name?: string
  readonly nodes?: readonly string[]
  readonly nodeIdOf?: (clusterId: string, node: string) => string
}

const idOfNode = (clusterId: string, node: string): string => `n${clusterId.slice(1)}${node}`

/** A cluster of one or two nodes with these guests, read whole. */
export const clusterOf = (
  guests: Guest[],
  { clusterId = 'caaaaaaaa', name = 'lab', nodes = ['pve1'], nodeIdOf = idOfNode }: Sample = {}
): ClusterEstate => ({
  clusterId,
  name,
  mode: 'cluster',
  endpointId: 1,
  endpointName: 'pve',
  version: '9.0',
  quorate: true,
  nodes: nodes.map((node, index) => ({
    nodeId: nodeIdOf(clusterId, node),
    name: node,
    online: true,
    ip: `192.0.2.${10 + index}`,
    interfaces: [
      {
        name: 'vmbr0',
        type: 'bridge',
        active: true,
        autostart: true,
        addresses: [`192.0.2.${10 + index}/24`],
        bridgePorts: ['eno1'],
        bondSlaves: [],
        bridgeVlanAware: true,
        altNames: []
      },
      {
        name: 'eno1',
        type: 'eth',
        active: true,
        autostart: false,
        addresses: [],
        bridgePorts: [],
        bondSlaves: [],
        bridgeVlanAware: false,
        altNames: []
      }
    ]
  })),
  guests,
  guestListWhole: true,
  storages: [],
  tagColors: {},
  gaps: []
})
