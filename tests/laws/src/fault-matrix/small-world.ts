import {
  addGuest,
  createWorld,
  guestOf,
  removeGuest,
  setAddresses,
  setConfig,
  type Version,
  type World
} from '@proxbox/simulator/proxmox'

/** Who a fault strikes; nothing that `changeElsewhere` changes is on that node or of that guest. */
export const victims = { node: 'pve2', qemu: 110, lxc: 111, idleNode: 'pve3' } as const

/** What NICs hang on where it is not vmbr0: a vnet, a bridge on a VLAN of the victim's node, a tag. */
const networks: Readonly<Record<number, string>> = {
  100: 'vnet10',
  [victims.qemu]: 'vmbr2',
  112: 'vmbr0,tag=20'
}

/**
 * Three nodes, one without guests; each guest with two disks, a NIC with an address, tags, notes; all but 101 in a
 * pool, all under HA.
 */
export function smallWorld(version: Version): World {
  const world = createWorld({ guests: 0, nodes: 3, clusterName: 'lab', version })
  const guests = [
    { vmid: 100, node: 'pve1' },
    { vmid: 101, node: 'pve1' },
    { vmid: 102, node: 'pve1', type: 'lxc' },
    { vmid: 103, node: 'pve1' },
    { vmid: victims.qemu, node: 'pve2' },
    { vmid: victims.lxc, node: 'pve2', type: 'lxc' },
    { vmid: 112, node: 'pve2' }
  ] as const
  world.ha = guests.map(({ vmid, ...guest }) => ({
    sid: `${'type' in guest ? 'ct' : 'vm'}:${vmid}`,
    state: 'started'
  }))
  for (const guest of guests) {
    addGuest(world, guest.vmid === 101 ? guest : { ...guest, pool: 'production' })
    const more = guest.vmid === 102 || guest.vmid === victims.lxc ? 'mp0' : 'scsi1'
    const size = more === 'mp0' ? 'mp=/srv,size=4G' : 'size=4G'
    setConfig(world, guest.vmid, more, `local-lvm:vm-${guest.vmid}-disk-1,${size}`)
    setConfig(world, guest.vmid, 'tags', 'prod;web')
    plug(world, guest.vmid)
    setConfig(world, guest.vmid, 'description', 'kept by hand')
    const [inner] = guestOf(world, guest.vmid).interfaces
    guestOf(world, guest.vmid).interfaces = [
      {
        name: 'lo',
        mac: '00:00:00:00:00:00',
        addresses: [{ address: '127.0.0.1', family: 4, prefix: 8 }]
      },
      ...(inner === undefined
        ? []
        : [{ ...inner, name: guestOf(world, guest.vmid).type === 'lxc' ? 'eth0' : 'ens18' }])
    ]
  }
  return world
}

function plug(world: World, vmid: number): void {
  const network = networks[vmid]
  if (network === undefined || (network.startsWith('vnet') && !world.sdnInstalled)) return
  const nic = String(guestOf(world, vmid).config.net0)
  setConfig(world, vmid, 'net0', nic.replace('bridge=vmbr0', `bridge=${network}`))
}

/** What goes, is renamed and moves while something else cannot be read: all of it on pve1. */
export function changeElsewhere(world: World): void {
  removeGuest(world, 103)
  setConfig(world, 100, 'scsi1', undefined)
  setConfig(world, 101, 'name', 'renamed')
  setConfig(world, 101, 'net0', undefined)
  setConfig(world, 102, 'mp0', undefined)
  setAddresses(world, 102, 1, [{ address: '10.9.9.9', family: 4, prefix: 24 }])
  setConfig(world, 100, 'tags', 'prod')
}
