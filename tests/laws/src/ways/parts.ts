import { setAddresses, setAgent, setConfig } from '@proxbox/simulator/proxmox'
import { pick, type Way } from './way.ts'

const nics = [
  'virtio=BC:24:11:FF:00:01,bridge=vmbr0',
  'virtio=BC:24:11:FF:00:02,bridge=vmbr0,tag=20',
  'e1000=BC:24:11:FF:00:03,bridge=vmbr0,trunks=10;20,link_down=1',
  'virtio=BC:24:11:FF:00:01,bridge=vmbr0,mtu=1400',
  'virtio=BC:24:11:FF:00:02,bridge=vmbr1,tag=10,trunks=10;30-32',
  'virtio=BC:24:11:FF:00:02,bridge=vmbr2',
  'virtio=BC:24:11:FF:00:02,bridge=vnet10'
]
const veths = [
  'name=eth0,bridge=vmbr0,hwaddr=BC:24:11:FF:00:04,ip=10.9.0.5/24,type=veth',
  'name=eth0,bridge=vmbr0,hwaddr=BC:24:11:FF:00:04,ip=dhcp,type=veth',
  'name=lan,bridge=vmbr1,hwaddr=BC:24:11:FF:00:01,ip=10.9.0.6/32,ip6=2001:db8:9::6/64,type=veth'
]
const disks = ['local-lvm:vm-1-disk-7,size=4G', 'local-lvm:vm-1-disk-8,size=5G', undefined]
const mounts = ['nas:1/vm-1-disk-1.raw,mp=/data,size=4G', 'nas:1/x.raw,mp=/data,size=6G', undefined]
const slots = ['scsi0', 'virtio0', 'sata0', 'unused0', 'scsi1']
const inits = [
  'ip=10.9.0.5/24,gw=10.9.0.1',
  'ip=dhcp',
  'ip=10.9.0.7/32,ip6=2001:db8:9::7/64',
  undefined
]

const four = (last: number) => ({ address: `10.9.0.${last}`, family: 4 as const, prefix: 24 })
const six = (last: number) => ({ address: `2001:db8:9::${last}`, family: 6 as const, prefix: 64 })

/** NICs and disks in a guest's configuration. */
export const partWays = {
  nic: (world, { type, vmid }, way) =>
    setConfig(world, vmid, 'net0', pick(type === 'qemu' ? nics : veths, way)),
  'second nic': (world, { type, vmid }, way) =>
    setConfig(world, vmid, 'net1', pick([...(type === 'qemu' ? nics : veths), undefined], way)),
  'nics change places': (_, { config }) => {
    const [one, other] = [config.net0, config.net1]
    if (one === undefined || other === undefined) return
    config.net0 = other
    config.net1 = one
  },
  'nic of another': (world, guest) => {
    const other = world.guests.find((one) => one.type === guest.type && one !== guest)
    if (other?.config.net0 !== undefined) guest.config.net0 = other.config.net0
  },
  disk: (world, { type, vmid }, way) => {
    if (type === 'qemu') setConfig(world, vmid, 'scsi1', pick(disks, way))
    else setConfig(world, vmid, 'mp0', pick(mounts, way))
  },
  'disk in another slot': (_, { config, type }, way) => {
    const [from, to] = [pick(slots, way), pick(slots, Math.floor(way / 2) + 1)]
    const disk = config[from]
    if (type !== 'qemu' || disk === undefined) return
    delete config[from]
    config[to] = disk
  },
  'disk elsewhere': (_, { config }, way) => {
    const slot = 'rootfs' in config ? 'rootfs' : 'scsi0'
    const disk = config[slot]
    if (disk !== undefined)
      config[slot] = String(disk).replace(/^[^:]+/, pick(['nas', 'local-lvm'], way))
  },
  'cloud-init': (world, { type, vmid }, way) => {
    if (type === 'qemu') setConfig(world, vmid, 'ipconfig0', pick(inits, way))
  }
} satisfies Record<string, Way>

/** What a guest tells of itself. */
export const toldWays = {
  agent: (world, guest, way) => {
    const agent = pick(['answers', 'none', 'error-in-200', 'nonsense', 'empty'] as const, way)
    if (guest.type === 'qemu') setAgent(world, guest.vmid, agent)
  },
  addresses: (world, { vmid, interfaces }, way) => {
    const last = 5 + (way % 3)
    const all = [[four(last)], [four(last), six(last)], [six(last)], []]
    if (interfaces.length > 0) setAddresses(world, vmid, way % interfaces.length, pick(all, way))
  },
  'addresses change places': (world, guest, way) => {
    const other = pick(world.guests, way)
    const [mine, theirs] = [guest.interfaces.at(-1), other.interfaces.at(-1)]
    if (mine === undefined || theirs === undefined || mine === theirs) return
    const kept = mine.addresses
    mine.addresses = theirs.addresses
    theirs.addresses = kept
  },
  'inner name': (_, guest, way) => {
    const names = ['eth0', 'eth1', 'net1', 'net0', 'ens18', 'Ethernet 2', 'wlan0.5']
    const [one, other] = guest.interfaces
    if (one === undefined) return
    const swapped = other?.name
    if (other !== undefined && way % 2 === 0) other.name = one.name
    one.name = way % 2 === 0 ? (swapped ?? pick(names, way)) : pick(names, way)
  },
  'one more inside': (_, { interfaces }, way) => {
    const { mac, addresses } = interfaces.at(-1) ?? { addresses: [] }
    const name = pick(['bond0', 'docker0', 'ens18.20', 'tun0', 'ens19'], way)
    const same = mac === undefined || way % 2 === 1 ? {} : { mac }
    interfaces.push({ name, ...same, addresses: way % 3 === 0 ? [...addresses] : [four(5 + way)] })
  },
  'one less inside': (_, { interfaces }, way) => {
    interfaces.splice(way % Math.max(1, interfaces.length), 1)
  }
} satisfies Record<string, Way>
