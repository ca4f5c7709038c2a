import { guestOf, setConfig } from '@proxbox/simulator/proxmox'
import { Fixture } from './fixture.ts'
import { Lab } from './lab.ts'
import { macOf, vmKey } from './proxmox-lab.ts'
import { must, mustEqual, type Scenario } from './scenario.ts'

const web = { vmid: 100, name: 'web', type: 'lxc' as const }
const own = vmKey(100, 'lxc')
const address = `ip:${own}/net0/10.1.0.100`
const port = (name: string) => `interface:naaaaaaaapve1/${name}`

const adopted: Scenario = {
  name: 'parts are found under the names and in the units of a person',
  holds: async (bench) => {
    const more = { useGuestAgentInterfaceName: false }
    const made = await Fixture.open(bench, undefined, { more })
    const cluster = await made.cluster()
    const vm = await made.make('vm', { name: 'web', cluster: { ref: cluster.key } })
    const at = { virtual_machine: { ref: vm.key } }
    const nic = await made.make('vm-interface', { name: 'eth0', ...at })
    await made.make('vm-interface', { name: 'wg0', ...at })
    const disk = await made.make('disk', { name: 'root', size: 17_180, ...at })
    await made.make('disk', { name: 'old', size: 500, ...at })
    const vendor = await made.make('manufacturer', { name: 'Dell', slug: 'dell' })
    const of = { manufacturer: { ref: vendor.key } }
    const type = await made.make('device-type', { model: 'R640', slug: 'r640', ...of })
    const role = await made.make('device-role', { name: 'Hypervisor', slug: 'hypervisor' })
    const device = await made.make('device', {
      ...{ name: 'pve1', device_type: { ref: type.key }, role: { ref: role.key } },
      site: await made.home()
    })
    const held = { device: { ref: device.key } }
    const lag = await made.make('interface', { name: 'LAG 1', type: 'lag', ...held })
    await made.settle()
    const { lab } = made
    mustEqual(lab.row(`${vmKey(100)}/net0`).netbox_id, nic.netbox_id, 'the NIC')
    mustEqual(lab.row(`${vmKey(100)}/scsi0`).netbox_id, disk.netbox_id, 'the disk')
    mustEqual(lab.row(port('bond0')).netbox_id, lag.netbox_id, 'the bond')
    const names = [
      (await lab.stored(`${vmKey(100)}/net0`)).name,
      (await lab.stored(port('bond0'))).name
    ]
    mustEqual(names, ['eth0', 'LAG 1'], 'names of a person')
    mustEqual((await lab.stored(`${vmKey(100)}/scsi0`)).size, 17_180, 'a size in question')
  }
}

const left: Scenario = {
  name: 'what a guest or a port has no longer leaves NetBox',
  holds: async (bench) => {
    const lab = new Lab(await bench.session('4.7.3'))
    const { world } = lab.proxmox
    lab.proxmox.add(web)
    const net0 = (more: string) =>
      setConfig(world, 100, 'net0', `name=eth0,bridge=vmbr0,hwaddr=${macOf(web)},type=veth${more}`)
    net0(',mtu=9000')
    setConfig(world, 100, 'searchdomain', 'example.org')
    guestOf(world, 100).pool = 'production'
    world.ha = [{ sid: 'ct:100', state: 'stopped', crmState: 'request_stop' }]
    const told = async () => {
      const vm = await lab.stored(own)
      const fields = ['pool', 'ha_state', 'search_domain'].map((one) => vm[`cf.proxmox_${one}`])
      const bridge = (await lab.stored(port('eno3'))).bridge
      return [...fields, (await lab.stored(`${own}/net0`)).mtu, bridge !== null]
    }
    await lab.sync()
    await lab.quiet()
    mustEqual(await told(), ['production', 'stopped', 'example.org', 9000, true], 'what it has')
    net0('')
    setConfig(world, 100, 'searchdomain', undefined)
    delete guestOf(world, 100).pool
    world.ha = []
    for (const { network } of world.nodes)
      for (const row of network) if (row.iface === 'vmbr1') row.bridge_ports = ''
    await lab.sync()
    await lab.quiet()
    mustEqual(await told(), [null, null, null, null, false], 'what it has')
  }
}

const named: Scenario = {
  name: 'an address of ours gets its DNS name once',
  holds: async (bench) => {
    const lab = new Lab(await bench.session('4.7.3'))
    const { world } = lab.proxmox
    lab.proxmox.add(web)
    setConfig(world, 100, 'searchdomain', 'Example.org')
    await lab.sync()
    await lab.quiet()
    mustEqual((await lab.stored(address)).dns_name, 'web.example.org', 'its name')
    await lab.edit(address, { dns_name: 'shop.example.org' })
    setConfig(world, 100, 'hostname', 'other')
    await lab.sync()
    await lab.quiet()
    mustEqual((await lab.stored(address)).dns_name, 'shop.example.org', 'its name')
    await lab.edit(address, { dns_name: '' })
    await lab.quiet()
    must((await lab.stored(address)).dns_name === '', 'what a person took away came back')
  }
}

export const parts: readonly Scenario[] = [adopted, left, named]
