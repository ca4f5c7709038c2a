import { removeGuest, renameGuest, setConfig } from '@proxbox/simulator/proxmox'
import { Lab } from './lab.ts'
import { macOf, vmKey } from './proxmox-lab.ts'
import { must, mustEqual, type Scenario } from './scenario.ts'

const two = [
  { vmid: 100, name: 'web', type: 'lxc' as const },
  { vmid: 101, name: 'db', type: 'lxc' as const }
]

const reuse: Scenario = {
  name: 'the VMID of a container is given to a new one',
  holds: async (bench) => {
    const lab = await Lab.open(bench, two)
    const places = lab.places()
    const old = lab.id(100, 'lxc')
    removeGuest(lab.proxmox.world, 100)
    // Its root volume has the old one's name: Proxmox gives it with the VMID.
    lab.proxmox.add({ vmid: 100, name: 'mail', type: 'lxc', life: 1 })
    await lab.sync()
    must(lab.id(100, 'lxc') !== old, 'the new container has the old object')
    lab.mustBeAt(places, vmKey(101, 'lxc'))
    mustEqual((await lab.storedAt('vm', old)).name, 'web', 'the name of the old one')
    mustEqual((await lab.stored(vmKey(100, 'lxc'))).name, 'mail', 'the name of the new one')
    await lab.quiet()
    await lab.mustBeStale(old)
  }
}

const edited: Scenario = {
  name: 'a container gets a new name, a new MAC, a new root volume, and stays itself',
  holds: async (bench) => {
    const lab = await Lab.open(bench, two)
    const { world } = lab.proxmox
    const places = [100, 101].map((vmid) => lab.id(vmid, 'lxc'))
    const mac = macOf({ vmid: 100, life: 5 })
    const nic = (hwaddr: string) => `name=eth0,bridge=vmbr0,hwaddr=${hwaddr},ip=dhcp,type=veth`
    setConfig(world, 100, 'net0', nic(mac))
    setConfig(world, 100, 'rootfs', 'local-zfs:subvol-100-disk-1,size=8G')
    renameGuest(world, 101, 'base')
    setConfig(world, 101, 'rootfs', 'local-zfs:subvol-101-disk-1,size=8G')
    await lab.sync()
    await lab.quiet()
    renameGuest(world, 100, 'www')
    setConfig(world, 101, 'net0', nic(macOf({ vmid: 101, life: 5 })))
    await lab.sync()
    await lab.quiet()
    mustEqual(
      [100, 101].map((vmid) => lab.id(vmid, 'lxc')),
      places,
      'the objects'
    )
    mustEqual((await lab.all('vm')).length, 2, 'VMs')
  }
}

export const containers: readonly Scenario[] = [reuse, edited]
