import { gatewayOf, nextAddress, nextMac } from './addresses.ts'
import { makeAgent, makeOsInfo, runtimeOf } from './make-runtime.ts'
import type { Random } from './random.ts'
import type { Address, Config, Guest, World } from './world-shape.ts'

/** What the generator decided about a guest before its parts are drawn. */
export interface GuestPlan {
  vmid: number
  name: string
  node: string
  isRunning: boolean
  isTemplate: boolean
}

const MODELS = [
  'virtio',
  'virtio',
  'virtio',
  'virtio',
  'e1000',
  'rtl8139',
  'vmxnet3',
  'e1000e'
] as const
const SIZES = ['32G', '16G', '64G', '528M', '4194304K', '1T', '107374182400', '20.5G'] as const

/** A virtual machine with everything that occurs in the wild, drawn from the seed. */
export function makeQemu(world: World, plan: GuestPlan, random: Random): Guest {
  const config: Config = {
    ...identity(world, plan, random),
    cores: random.int(1, 8),
    sockets: random.pick([1, 1, 1, 2]),
    numa: false,
    ...memory(world, random),
    ...cpu(random),
    ...disks(plan, random),
    ...nics(world, random),
    onboot: random.chance(0.7)
  }
  config.boot = 'order=scsi0;ide2;net0'
  if (plan.isTemplate) config.template = true
  const agent = plan.isTemplate ? 'none' : makeAgent(random)
  if (agent !== 'none') config.agent = random.pick(['1', 'enabled=1,fstrim_cloned_disks=1', '1'])
  const interfaces = runtimeOf(world, config, random)
  if (random.chance(0.2)) addCloudInit(config, plan.vmid, interfaces[1]?.addresses[0])
  return {
    vmid: plan.vmid,
    type: 'qemu',
    node: plan.node,
    status: plan.isRunning ? 'running' : 'stopped',
    config,
    pending: {},
    snapshots: [],
    agent,
    interfaces,
    osInfo: makeOsInfo(random, config.ostype),
    uptime: plan.isRunning ? random.int(600, 9_000_000) : 0
  }
}

/** A running VM with exactly one NIC, one disk, one MAC and one address, for request budgets. */
export function makeSimpleQemu(world: World, plan: GuestPlan, random: Random): Guest {
  const mac = nextMac(world)
  const config: Config = {
    ...identity(world, plan, random),
    agent: '1',
    boot: 'order=scsi0;net0',
    cores: 2,
    cpu: 'host',
    memory: world.version === '7.4' ? 2048 : '2048',
    net0: `virtio=${mac},bridge=vmbr0`,
    scsi0: `local-lvm:vm-${plan.vmid}-disk-0,size=32G`,
    sockets: 1
  }
  return {
    vmid: plan.vmid,
    type: 'qemu',
    node: plan.node,
    status: 'running',
    config,
    pending: {},
    snapshots: [],
    agent: 'answers',
    interfaces: [{ name: 'eth0', mac: mac.toLowerCase(), addresses: [nextAddress(world)] }],
    osInfo: makeOsInfo(random, config.ostype),
    uptime: 86_400
  }
}

function identity(world: World, plan: GuestPlan, random: Random): Config {
  return {
    name: plan.name,
    ostype: random.pick(['l26', 'l26', 'l26', 'win10', 'win11', 'other']),
    scsihw: 'virtio-scsi-single',
    smbios1: `uuid=${random.uuid()}`,
    vmgenid: random.uuid(),
    meta: `creation-qemu=8.1.5,ctime=${world.now - random.int(86_400, 50_000_000)}`
  }
}

function memory(world: World, random: Random): Config {
  const mib = random.pick([512, 1024, 2048, 4096, 8192, 16_384])
  const balloon = random.chance(0.2) ? { balloon: 0 } : {}
  if (world.version === '7.4') return { memory: mib, ...balloon }
  return { memory: random.chance(0.2) ? `current=${mib}` : String(mib), ...balloon }
}

function cpu(random: Random): Config {
  const limit = random.chance(0.1) ? { cpulimit: '2.5' } : {}
  const type = random.pick(['host', 'x86-64-v2-AES', 'cputype=host,flags=+aes;-pcid', 'kvm64'])
  return { cpu: type, ...limit }
}

function disks(plan: GuestPlan, random: Random): Config {
  const stem = plan.isTemplate ? 'base' : 'vm'
  const volume = (n: number) => `${plan.vmid}-disk-${n}`
  const config: Config = {
    scsi0: `local-lvm:${stem}-${volume(0)},discard=on,iothread=1,size=${random.pick(SIZES)},ssd=1`,
    ide2: random.pick([
      'none,media=cdrom',
      'local:iso/debian-12.5.0-amd64-netinst.iso,media=cdrom,size=629M'
    ])
  }
  if (random.chance(0.3)) {
    config.virtio1 = `nas:${plan.vmid}/${stem}-${volume(1)}.qcow2,backup=0,size=${random.pick(SIZES)}`
  }
  if (random.chance(0.1)) config.sata3 = `local-lvm:${stem}-${volume(2)},size=8G`
  if (random.chance(0.05)) config.ide0 = `local-lvm:${stem}-${volume(3)},size=1G`
  if (random.chance(0.25)) {
    config.bios = 'ovmf'
    config.efidisk0 = `local-lvm:${stem}-${volume(4)},efitype=4m,pre-enrolled-keys=1,size=4M`
    config.machine = 'q35'
  }
  if (random.chance(0.1)) config.tpmstate0 = `local-lvm:${stem}-${volume(5)},size=4M,version=v2.0`
  if (random.chance(0.08)) config.unused0 = `local-lvm:vm-${volume(6)}`
  if (random.chance(0.04))
    config.scsi5 = '/dev/disk/by-id/ata-WDC_WD40EFRX-68N32N0,size=3907018584K'
  return config
}

function nics(world: World, random: Random): Config {
  const config: Config = {}
  const count = random.pick([1, 1, 1, 1, 1, 2, 2, 3])
  for (let n = 0; n < count; n++) config[`net${n}`] = nic(world, random)
  return config
}

function nic(world: World, random: Random): string {
  const model = random.pick(MODELS)
  const mac = nextMac(world)
  const head = random.chance(0.1) ? `model=${model},macaddr=${mac}` : `${model}=${mac}`
  const plain = random.pick(['vmbr0', 'vmbr0', 'vmbr0', 'vmbr0', 'vmbr1', 'vmbr1', 'vmbr2'])
  const bridge = world.sdnInstalled && random.chance(0.05) ? 'vnet10' : plain
  const tag = random.chance(0.4) ? `tag=${random.pick([10, 20, 30, 110])}` : ''
  const options = [
    // A vnet that is not VLAN-aware takes no NIC with a tag (PVE::Network::SDN::Zones::Plugin, tap_plug).
    bridge === 'vnet10' ? '' : tag,
    bridge === 'vmbr1' && random.chance(0.2) ? 'trunks=10;20-30' : '',
    random.chance(0.5) ? 'firewall=1' : '',
    random.chance(0.05) ? 'link_down=1' : '',
    model === 'virtio' && random.chance(0.1) ? 'mtu=1' : '',
    random.chance(0.05) ? 'rate=12.5' : ''
  ].filter((part) => part !== '')
  return [head, `bridge=${bridge}`, ...options].join(',')
}

function addCloudInit(config: Config, vmid: number, address: Address | undefined): void {
  config.ide1 = `local-lvm:vm-${vmid}-cloudinit,media=cdrom,size=4M`
  config.ciuser = 'admin'
  config.ipconfig0 =
    address === undefined
      ? 'ip=dhcp'
      : `ip=${address.address}/${address.prefix},gw=${gatewayOf(address)}`
}
