import { isRef } from '@proxbox/contracts'
import { nodeOf, setConfig } from '@proxbox/simulator/proxmox'
import { Lab } from './lab.ts'
import { macOf, vmKey } from './proxmox-lab.ts'
import { mustEqual, type Scenario } from './scenario.ts'

const nic = (vmid: number) => `${vmKey(vmid)}/net0`

function plug(lab: Lab, vmid: number, network: string): void {
  setConfig(lab.proxmox.world, vmid, 'net0', `virtio=${macOf({ vmid })},bridge=${network}`)
}

/** The mode of a guest's NIC and the ids of its VLANs, as NetBox has them. */
async function vlansOf(lab: Lab, vmid: number): Promise<string> {
  const { mode, untagged_vlan, tagged_vlans } = await lab.stored(nic(vmid))
  const vids = new Map((await lab.all('vlan')).map(({ key, fields }) => [key, fields.vid]))
  const tagged = Array.isArray(tagged_vlans) ? tagged_vlans : []
  const all = [untagged_vlan ?? null, ...tagged].map((one) =>
    isRef(one) ? vids.get(one.ref) : '-'
  )
  return [mode || 'none', ...all].join(' ')
}

async function mustBeIn(lab: Lab, wanted: Readonly<Record<number, string>>): Promise<void> {
  for (const [vmid, vlans] of Object.entries(wanted))
    mustEqual(await vlansOf(lab, Number(vmid)), vlans, `VLANs of guest ${vmid}`)
}

const before = { 100: 'access 60', 101: 'access 110', 102: 'tagged 20 30', 103: 'none -' }

async function openLab(bench: Parameters<Scenario['holds']>[0]): Promise<Lab> {
  const lab = new Lab(await bench.session('4.7.3'))
  const networks = ['vmbr2', 'vnet10', 'vmbr1,tag=20,trunks=30', 'vnet20']
  for (const [index, network] of networks.entries()) {
    lab.proxmox.add({ vmid: 100 + index, name: `guest${index}` })
    plug(lab, 100 + index, network)
  }
  await lab.sync()
  await mustBeIn(lab, before)
  await lab.quiet()
  return lab
}

const moved: Scenario = {
  name: 'NICs on a VLAN of the node, a vnet, a tag and an overlay change places',
  holds: async (bench) => {
    const lab = await openLab(bench)
    const [byHand] = (await lab.all('vlan')).filter(({ fields }) => fields.vid === 20)
    await lab.edit(nic(103), { mode: 'access', untagged_vlan: { ref: byHand?.key ?? '' } })
    await lab.sync()
    for (const [vmid, network] of [
      [100, 'vmbr0'],
      [101, 'vnet20'],
      [102, 'vnet10']
    ] as const)
      plug(lab, vmid, network)
    await lab.sync()
    await lab.quiet()
    const after = { 100: 'none -', 101: 'none -', 102: 'access 110' }
    await mustBeIn(lab, { ...after, 103: 'access 20' })
    const { world } = lab.proxmox
    world.sdnStaged.vnets.vnet10 = { vnet: 'vnet10', zone: 'dc1', tag: 111, type: 'vnet' }
    await lab.quiet()
    Object.assign(world.sdnVnets[0] ?? {}, { tag: 111 })
    world.sdnStaged.vnets = {}
    await lab.sync()
    await lab.quiet()
    await mustBeIn(lab, { 102: 'access 111' })
  }
}

const unseen: Scenario = {
  name: 'bridges and vnets that cannot be seen take no VLAN away',
  holds: async (bench) => {
    const lab = await openLab(bench)
    const { world } = lab.proxmox
    const hide: Readonly<Record<string, () => void>> = {
      'SDN is gone': () => {
        world.sdnInstalled = false
      },
      'its zone is gone': () => {
        world.sdnZones = []
      },
      'the bridges are gone': () => {
        const node = nodeOf(world, 'pve1')
        node.network = node.network.filter(({ type }) => type !== 'bridge')
      },
      'their network is staged': () => {
        const node = nodeOf(world, 'pve1')
        node.networkChanges = '- bridge-ports bond0.60'
        for (const row of node.network) if (row.iface === 'vmbr2') row.bridge_ports = 'bond0'
      }
    }
    const seen = structuredClone({ nodes: world.nodes, zones: world.sdnZones })
    for (const [what, happens] of Object.entries(hide)) {
      happens()
      for (const days of [0, 1, 30]) {
        lab.session.pass(days)
        await lab.sync()
        for (const [vmid, vlans] of Object.entries(before))
          mustEqual(await vlansOf(lab, Number(vmid)), vlans, `${what}: guest ${vmid}`)
      }
      const { nodes, zones } = structuredClone(seen)
      Object.assign(world, { nodes, sdnZones: zones, sdnInstalled: true })
    }
    await lab.sync()
    await lab.quiet()
    await mustBeIn(lab, before)
  }
}

export const networks: readonly Scenario[] = [moved, unseen]
