import type { ClusterEstate, Estate, Guest, Node } from '@proxbox/contracts'

const clusterId = 'caaaaaaaa'
const guestsPerNode = 100
const fewestNodes = 3
const mebibyte = 1024 * 1024

/**
 * Pure: one cluster of so many guests, each with seven Items: the VM, two disks, an interface, its MAC, and an IPv4 and
 * an IPv6 address. Written here and not read from the simulator, which would take longer than what is measured.
 */
export function makeEstate(guests: number): Estate {
  const nodes = Array.from(
    { length: Math.max(fewestNodes, Math.ceil(guests / guestsPerNode)) },
    nodeOf
  )
  const cluster: ClusterEstate = {
    clusterId,
    name: 'bench',
    mode: 'cluster',
    endpointId: 1,
    endpointName: 'bench',
    version: '8.4.1',
    quorate: true,
    nodes,
    guests: Array.from({ length: guests }, (_, index) => guestOf(index, nodes.length)),
    guestListWhole: true,
    storages: [],
    tagColors: {},
    gaps: []
  }
  return { clusters: [cluster], gaps: [] }
}

function nodeOf(_: unknown, index: number): Node {
  return {
    nodeId: `n${String(index).padStart(8, '0')}`,
    name: nodeName(index),
    online: true,
    ip: `10.0.${Math.floor(index / 250)}.${(index % 250) + 1}`,
    pveVersion: '8.4.1',
    interfaces: [
      {
        name: 'vmbr0',
        type: 'bridge',
        active: true,
        autostart: true,
        addresses: [`10.0.${Math.floor(index / 250)}.${(index % 250) + 1}/16`],
        bridgePorts: [],
        bondSlaves: [],
        bridgeVlanAware: true,
        altNames: []
      }
    ]
  }
}

const nodeName = (index: number) => `pve${index + 1}`

const hexOf = (number: number, digits: number) => number.toString(16).padStart(digits, '0')

function guestOf(index: number, nodes: number): Guest {
  const vmid = 100 + index
  const mac = `BC:24:11:${hexOf(index, 6).toUpperCase().match(/../g)?.join(':')}`
  const [high, low] = [Math.floor(index / 250), (index % 250) + 1]
  return {
    vmid,
    type: 'qemu',
    node: nodeName(index % nodes),
    name: `guest-${vmid}`,
    status: 'running',
    template: false,
    tags: [`team-${index % 20}`],
    config: {
      digest: hexOf(index, 40),
      name: `guest-${vmid}`,
      description: `Guest ${vmid} of the benchmark`,
      vcpus: 2,
      sockets: 1,
      cores: 2,
      memoryMiB: 2048,
      onBoot: true,
      template: false,
      osType: 'l26',
      agentEnabled: true,
      tags: [`team-${index % 20}`],
      nics: [
        {
          slot: 'net0',
          model: 'virtio',
          mac,
          bridge: 'vmbr0',
          trunks: [],
          linkDown: false,
          firewall: false,
          addresses: []
        }
      ],
      disks: [diskOf(vmid, 0), diskOf(vmid, 1)],
      smbiosUuid: `00000000-0000-4000-8000-${hexOf(vmid, 12)}`,
      createdAtSeconds: 1_700_000_000 + index,
      unknownKeys: []
    },
    interfaces: [
      {
        name: 'eth0',
        mac,
        addresses: [
          {
            address: `10.${100 + Math.floor(high / 250)}.${high % 250}.${low}`,
            prefixLength: 16,
            family: 4
          },
          { address: `2001:db8::${hexOf(index + 1, 1)}`, prefixLength: 64, family: 6 }
        ]
      }
    ],
    os: { id: 'debian', versionId: '12' }
  }
}

const diskOf = (vmid: number, slot: number) =>
  ({
    slot: `scsi${slot}`,
    storage: 'local-zfs',
    volume: `vm-${vmid}-disk-${slot}`,
    sizeBytes: 32 * 1024 * mebibyte,
    media: 'disk'
  }) as const

const changedEvery = 10

/** Pure: the same with every tenth guest changed: more memory, another name, another node, a disk less, an address more. */
export function changedEstate(estate: Estate): Estate {
  return {
    ...estate,
    clusters: estate.clusters.map((cluster) => ({
      ...cluster,
      guests: cluster.guests.map((guest, index) =>
        index % changedEvery === 0 ? changed(guest, index / changedEvery) : guest
      )
    }))
  }
}

function changed(guest: Guest, way: number): Guest {
  const { config, interfaces = [] } = guest
  if (config === undefined) return guest
  const [first] = interfaces
  const name = `${guest.name}-new`
  switch (way % 5) {
    case 0:
      return { ...guest, config: { ...config, memoryMiB: 4096 } }
    case 1:
      return { ...guest, name, config: { ...config, name } }
    case 2:
      return { ...guest, node: nodeName(1) }
    case 3:
      return { ...guest, config: { ...config, disks: config.disks.slice(0, 1) } }
    default: {
      const address = {
        address: `2001:db8:1::${hexOf(way + 1, 1)}`,
        prefixLength: 64,
        family: 6
      } as const
      const more =
        first === undefined ? [] : [{ ...first, addresses: [...first.addresses, address] }]
      return { ...guest, interfaces: more }
    }
  }
}
