import type { CurrentItem } from '@proxbox/contracts'
import { migrateGuest, renameGuest } from '@proxbox/simulator/proxmox'
import { Lab } from './lab.ts'
import { vmKey } from './proxmox-lab.ts'
import { must, mustEqual, type Scenario } from './scenario.ts'

const three = [
  { vmid: 100, name: 'web' },
  { vmid: 101, name: 'db' },
  { vmid: 102, name: 'mail', type: 'lxc' as const }
]

const rename: Scenario = {
  name: 'a guest is renamed',
  holds: async (bench) => {
    const lab = await Lab.open(bench, three)
    const places = lab.places()
    renameGuest(lab.proxmox.world, 100, 'www')
    renameGuest(lab.proxmox.world, 102, 'post')
    await lab.sync()
    lab.mustBeAt(places)
    mustEqual(await lab.nameOf(100), 'www', 'the name')
    mustEqual((await lab.stored(vmKey(102, 'lxc'))).name, 'post', 'the name')
    mustEqual((await lab.all('vm')).length, 3, 'VMs')
    mustEqual(lab.row(`${vmKey(100)}/net0`).label, 'www eth0', 'what its NIC is called')
    mustEqual((await lab.plan()).adoptions, [], 'what the next Run learns')
    await lab.quiet()
  }
}

const migration: Scenario = {
  name: 'a guest migrates',
  holds: async (bench) => {
    const lab = await Lab.open(bench, three)
    const places = lab.places()
    const [, other] = lab.proxmox.world.nodes
    migrateGuest(lab.proxmox.world, 100, other?.name ?? '')
    await lab.sync()
    lab.mustBeAt(places)
    mustEqual((await lab.stored(vmKey(100)))['cf.proxmox_node'], other?.name, 'the node')
    await lab.quiet()
  }
}

const nodeRename: Scenario = {
  name: 'a node is renamed',
  holds: async (bench) => {
    const lab = await Lab.open(bench, three)
    const places = lab.places()
    const [first] = lab.proxmox.world.nodes
    lab.proxmox.renameNode(first?.name ?? '', 'pve9')
    await lab.sync()
    lab.mustBeAt(places)
    const names = (await lab.all('device')).map(({ fields }) => fields.name)
    mustEqual(names.length, 2, 'devices')
    must(names.includes('pve9'), `no device is called pve9: ${names.join(', ')}`)
    const ports = [...lab.ledger.values()].filter(({ kind }) => kind === 'interface')
    must(
      ports.some(({ label }) => label.startsWith('pve9 ')),
      'its ports are called by its old name'
    )
    mustEqual((await lab.plan()).adoptions, [], 'what the next Run learns')
    await lab.quiet()
  }
}

const portRename: Scenario = {
  name: 'a port of a node is renamed, as an upgrade does',
  holds: async (bench) => {
    const lab = await Lab.open(bench, three)
    const { world } = lab.proxmox
    const rows = world.nodes[0]?.network ?? []
    const port = rows.find(({ type }) => type === 'eth')
    const old = String(port?.iface)
    const key = [...lab.ledger.keys()].find((one) => one.endsWith(`${world.nodes[0]?.name}/${old}`))
    if (port === undefined || key === undefined) throw new Error(`no port: ${old}`)
    const id = lab.row(key).netbox_id
    const count = (await lab.all('interface')).length
    await lab.edit(key, { description: 'to switch 4' })
    Object.assign(port, { iface: 'nic0', altnames: [old] })
    for (const bond of rows.filter(({ slaves }) => slaves !== undefined))
      bond.slaves = String(bond.slaves).replace(old, 'nic0')
    await lab.sync()
    const renamed = lab.row(key.replace(/[^/]+$/, 'nic0'))
    mustEqual(renamed.netbox_id, id, 'the object of the port')
    const { name, description } = await lab.storedAt('interface', id)
    mustEqual([name, description], ['nic0', 'to switch 4'], 'the port')
    mustEqual((await lab.all('interface')).length, count, 'interfaces')
    await lab.quiet()
  }
}

const clusterRename: Scenario = {
  name: 'a cluster is renamed',
  holds: async (bench) => {
    const lab = await Lab.open(bench, three)
    const places = lab.places()
    lab.proxmox.world.clusterName = 'plant'
    await lab.sync()
    lab.mustBeAt(places)
    mustEqual((await lab.stored('cluster:caaaaaaaa')).name, 'plant', 'the name')
    mustEqual((await lab.stored(vmKey(100)))['cf.proxmox_cluster'], 'plant', 'the label of guests')
    mustEqual((await lab.all('cluster')).length, 1, 'clusters')
    await lab.quiet()
  }
}

/** The objects of these kinds get back the values that they had. */
async function goBack(lab: Lab, before: readonly CurrentItem[]): Promise<void> {
  for (const { kind, netbox_id, fields } of before) {
    const told = Object.entries(fields).filter(
      ([name]) => name === 'name' || name.startsWith('cf.proxmox_')
    )
    await lab.netbox.update(kind, [{ id: netbox_id, fields: Object.fromEntries(told) }])
  }
}

const restored: Scenario = {
  name: 'NetBox goes back to before its cluster and a node were renamed',
  holds: async (bench) => {
    const lab = await Lab.open(bench, three)
    const places = lab.places()
    const before = await lab.netbox.read(['cluster', 'device', 'vm'])
    const { world } = lab.proxmox
    world.clusterName = 'plant'
    lab.proxmox.renameNode(world.nodes[0]?.name ?? '', 'pve9')
    await lab.sync()
    await goBack(lab, before)
    const { conflicts, held } = await lab.sync()
    mustEqual([conflicts, held], [[], []], 'what waits')
    lab.mustBeAt(places)
    mustEqual((await lab.all('cluster')).length, 1, 'clusters')
    mustEqual((await lab.all('device')).length, 2, 'devices')
    mustEqual((await lab.all('vm')).length, 3, 'VMs')
    await lab.quiet()
  }
}

const template: Scenario = {
  name: 'a guest becomes a template, and a guest again',
  holds: async (bench) => {
    const lab = await Lab.open(bench, three)
    const places = lab.places()
    lab.proxmox.template(100)
    const plan = await lab.sync()
    mustEqual(plan.changes.length, 0, 'changes of a guest that is left out')
    lab.mustBeAt(places)
    await lab.quiet()
    const { world } = lab.proxmox
    for (const guest of world.guests) delete guest.config.template
    renameGuest(world, 100, 'web-2')
    await lab.sync()
    lab.mustBeAt(places)
    mustEqual(await lab.nameOf(100), 'web-2', 'the name')
    await lab.quiet()
  }
}

const swapped: Scenario = {
  name: 'two guests swap their names',
  holds: async (bench) => {
    const lab = await Lab.open(bench, three)
    const places = lab.places()
    renameGuest(lab.proxmox.world, 100, 'db')
    renameGuest(lab.proxmox.world, 101, 'web')
    await lab.sync()
    lab.mustBeAt(places)
    mustEqual([await lab.nameOf(100), await lab.nameOf(101)], ['db', 'web'], 'the names')
    await lab.quiet()
  }
}

const equalNames: Scenario = {
  name: 'guests of one cluster have one name',
  holds: async (bench) => {
    const long = 'x'.repeat(63)
    const lab = await Lab.open(bench, [
      { vmid: 102, name: 'same' },
      { vmid: 101, name: 'Same' },
      { vmid: 110, name: long },
      { vmid: 111, name: long }
    ])
    mustEqual([await lab.nameOf(101), await lab.nameOf(102)], ['Same', 'same (102)'], 'the names')
    mustEqual(await lab.nameOf(111), `${'x'.repeat(58)} (111)`, 'a long name')
    const places = lab.places()
    lab.proxmox.add({ vmid: 100, name: 'same' })
    await lab.sync()
    lab.mustBeAt(places)
    const names = [await lab.nameOf(100), await lab.nameOf(101)]
    mustEqual(names, ['same (100)', 'Same'], 'who has the plain name keeps it')
    await lab.quiet()
  }
}

export const moves: readonly Scenario[] = [
  rename,
  migration,
  nodeRename,
  portRename,
  clusterRename,
  restored,
  template,
  swapped,
  equalNames
]
