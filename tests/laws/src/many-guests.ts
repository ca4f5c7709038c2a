import type { ClusterEstate, Guest } from '@proxbox/contracts'

const macOf = (n: number): string =>
  `BC:24:11:${[16, 8, 0].map((shift) => ((n >> shift) & 255).toString(16).padStart(2, '0')).join(':')}`.toUpperCase()

/** A running VM with one disk; with a NIC and a static address when `net` says so. */
export function plainGuest(vmid: number, net = false, more: Partial<Guest> = {}): Guest {
  const host = `10.${(vmid >> 8) & 255}.${vmid & 255}`
  return {
    vmid,
    type: 'qemu',
    node: 'pve1',
    name: `vm${vmid}`,
    status: 'running',
    config: {
      name: `vm${vmid}`,
      memoryMiB: 2048,
      vcpus: 2,
      onBoot: true,
      template: false,
      agentEnabled: false,
      tags: ['web'],
      smbiosUuid: `00000000-0000-4000-8000-${String(vmid).padStart(12, '0')}`,
      nics: net
        ? [
            {
              slot: 'net0',
              model: 'virtio',
              mac: macOf(vmid),
              bridge: 'vmbr0',
              trunks: [],
              linkDown: false,
              firewall: false,
              addresses: [`${host}.10/24`]
            }
          ]
        : [],
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
    },
    ...more
  }
}

/** A cluster of one or two nodes with these guests, read whole. */
export const clusterOf = (
  guests: Guest[],
  { clusterId = 'caaaaaaaa', name = 'lab', nodes = ['pve1'] } = {}
): ClusterEstate => ({
  clusterId,
  name,
  mode: 'cluster',
  endpointId: 1,
  endpointName: 'pve',
  version: '9.0',
  quorate: true,
  nodes: nodes.map((node, index) => ({
    nodeId: `n${clusterId.slice(1)}${node}`,
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
