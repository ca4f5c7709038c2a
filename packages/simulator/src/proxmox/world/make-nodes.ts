import type { Random } from './random.ts'
import type { NetworkRow, Version, WorldNode } from './world-shape.ts'

const GIB = 2 ** 30

const HARDWARE: readonly [HardwareModel, ...HardwareModel[]] = [
  { cpuModel: 'Intel(R) Xeon(R) Silver 4314 CPU @ 2.40GHz', cores: 32, sockets: 2, memoryGiB: 256 },
  { cpuModel: 'AMD EPYC 7313P 16-Core Processor', cores: 16, sockets: 1, memoryGiB: 128 },
  { cpuModel: 'Intel(R) Core(TM) i7-12700T', cores: 12, sockets: 1, memoryGiB: 64 }
]

interface HardwareModel {
  cpuModel: string
  cores: number
  sockets: number
  memoryGiB: number
}

/** Makes `count` nodes, the last `offline` of them switched off with expired stats. */
export function makeNodes(
  count: number,
  offline: number,
  addressBase: number,
  seeded: { random: Random; version: Version }
): WorldNode[] {
  return Array.from({ length: count }, (_, index) => {
    const hardware = seeded.random.pick(HARDWARE)
    const address = `192.168.${addressBase & 255}.${11 + index}`
    const isUp = index < count - offline
    return {
      name: `pve${index + 1}`,
      nodeid: count === 1 ? 0 : index + 1,
      address,
      online: isUp,
      statsFresh: isUp,
      cpuModel: hardware.cpuModel,
      cores: hardware.cores,
      sockets: hardware.sockets,
      memoryBytes: hardware.memoryGiB * GIB,
      description: index === 0 ? 'Rack A, unit 12\n' : '',
      network: networkRows(address, seeded.version),
      disks: [
        disk('/dev/nvme0n1', 'Samsung SSD 980 PRO 1TB', 'nvme', seeded.random),
        disk('/dev/sda', 'SAMSUNG MZ7L3960', 'ssd', seeded.random)
      ]
    }
  })
}

function disk(devpath: string, model: string, type: 'ssd' | 'nvme', random: Random) {
  return {
    devpath,
    model,
    type,
    serial: `S${random.hex(10).toUpperCase()}`,
    sizeBytes: 960_197_124_096,
    used: type === 'nvme' ? 'LVM' : 'ZFS'
  }
}

/** Two bonded ports under vmbr0 (management), a VLAN-aware vmbr1, a VLAN interface, and vmbr2 on a VLAN of the bond. */
function networkRows(address: string, version: Version): NetworkRow[] {
  const gateway = address.replace(/\.\d+$/, '.1')
  const eth = (iface: string, active: boolean, priority: number): NetworkRow => ({
    iface,
    type: 'eth',
    exists: true,
    active,
    priority,
    method: 'manual',
    method6: 'manual',
    families: ['inet'],
    ...(version === '9.2' ? { altnames: [`enx${iface}`] } : {})
  })
  return [
    eth('eno1', true, 3),
    eth('eno2', true, 4),
    eth('eno3', true, 5),
    eth('eno4', false, 6),
    {
      ...manual('bond0', 'bond', 7),
      slaves: 'eno1 eno2',
      bond_mode: '802.3ad',
      bond_miimon: '100'
    },
    {
      ...manual('vmbr0', 'bridge', 8),
      method: 'static',
      address,
      netmask: '24',
      cidr: `${address}/24`,
      gateway,
      bridge_ports: 'bond0',
      bridge_stp: 'off',
      bridge_fd: '0',
      comments: 'management\n'
    },
    {
      ...manual('vmbr1', 'bridge', 9),
      bridge_ports: 'eno3',
      bridge_stp: 'off',
      bridge_fd: '0',
      bridge_vlan_aware: true,
      bridge_vids: '2-4094'
    },
    { ...manual('vmbr0.50', 'vlan', 10), 'vlan-id': 50, 'vlan-raw-device': 'vmbr0', mtu: 1500 },
    // Its port needs no row of its own: ifupdown makes bond0.60 when it is named.
    {
      ...manual('vmbr2', 'bridge', 11),
      bridge_ports: 'bond0.60',
      bridge_stp: 'off',
      bridge_fd: '0'
    }
  ]
}

function manual(iface: string, type: string, priority: number): NetworkRow {
  return {
    iface,
    type,
    priority,
    active: true,
    autostart: true,
    method: 'manual',
    method6: 'manual',
    families: ['inet']
  }
}
