import type { ClusterEstate } from '@proxbox/contracts'
import { renameGuest } from '@proxbox/simulator/proxmox'
import { Lab } from './lab.ts'
import { ProxmoxLab, vmKey } from './proxmox-lab.ts'
import { must, mustEqual, type Scenario } from './scenario.ts'

const two = [
  { vmid: 100, name: 'web' },
  { vmid: 101, name: 'db' }
]

const endpoints: Scenario = {
  name: 'two Endpoints lead into one cluster',
  holds: async (bench) => {
    const lab = await Lab.open(bench, two)
    const places = lab.places()
    const seen = await lab.proxmox.seen()
    const again: ClusterEstate = { ...seen, endpointId: 2, endpointName: 'other' }
    for (const both of [
      [seen, again],
      [again, seen]
    ]) {
      await lab.quiet(...both)
      lab.mustBeAt(places)
    }
    renameGuest(lab.proxmox.world, 100, 'www')
    const now = await lab.proxmox.seen()
    await lab.syncAs({ ...now, endpointId: 2 }, now)
    mustEqual(await lab.nameOf(100), 'www', 'the name')
    mustEqual((await lab.all('vm')).length, 2, 'VMs')
    await lab.quiet(now)
  }
}

const twins: Scenario = {
  name: 'two clusters have equal names, VMIDs, MACs and addresses',
  holds: async (bench) => {
    const lab = await Lab.open(bench, two)
    const places = lab.places()
    const other = new ProxmoxLab('cbbbbbbbb')
    for (const one of two) other.add(one)
    const both = async () => [await lab.proxmox.seen(), await other.seen()] as const
    await lab.syncAs(...(await both()))
    lab.mustBeAt(places)
    const all = lab.places()
    mustEqual((await lab.all('vm')).length, 4, 'VMs')
    mustEqual((await lab.all('cluster')).length, 2, 'clusters')
    await lab.quiet(...(await both()))
    renameGuest(other.world, 100, 'www')
    await lab.syncAs(...(await both()))
    mustEqual(await lab.nameOf(100), 'web', 'the guest of the other cluster')
    lab.ledger.clear()
    await lab.syncAs(await other.seen())
    lab.mustBeAt(new Map([...all].filter(([key]) => key.includes('cbbbbbbbb'))))
    await lab.syncAs(...(await both()))
    lab.mustBeAt(all)
    await lab.quiet(...(await both()))
  }
}

const deleted: Scenario = {
  name: 'a person deletes a guest in NetBox',
  holds: async (bench) => {
    const lab = await Lab.open(bench, two)
    const places = lab.places()
    await lab.remove(vmKey(100))
    await lab.sync()
    lab.mustBeAt(places, vmKey(101))
    mustEqual((await lab.all('vm')).length, 2, 'VMs')
    mustEqual(await lab.nameOf(100), 'web', 'the name')
    await lab.quiet()
  }
}

const replaced: Scenario = {
  name: 'a person deletes a guest in NetBox and makes it by hand',
  holds: async (bench) => {
    const lab = await Lab.open(bench, two)
    const { cluster } = await lab.stored(vmKey(100))
    await lab.remove(vmKey(100))
    const [made] = await lab.netbox.create('vm', [
      { fields: { name: 'web', cluster: cluster ?? null, description: 'mine' } }
    ])
    await lab.sync()
    mustEqual(lab.id(100), made?.netbox_id, 'the object of guest 100')
    mustEqual(lab.row(vmKey(100)).origin, 'adopted', 'whose it is')
    mustEqual((await lab.stored(vmKey(100))).description, 'mine', "a person's words")
    await lab.quiet()
  }
}

const renamed: Scenario = {
  name: 'a person renames cluster, node and guest in NetBox',
  holds: async (bench) => {
    const lab = await Lab.open(bench, two)
    const places = lab.places()
    const device = [...places.keys()].find((key) => key.startsWith('device:')) ?? ''
    await lab.edit(vmKey(100), { name: 'Shop' })
    await lab.edit('cluster:caaaaaaaa', { name: 'Plant' })
    await lab.edit(device, { name: 'rack-1' })
    await lab.edit(`${vmKey(100)}/net0`, { name: 'uplink' })
    await lab.quiet()
    lab.mustBeAt(places)
    renameGuest(lab.proxmox.world, 101, 'shop')
    await lab.sync()
    mustEqual([await lab.nameOf(100), await lab.nameOf(101)], ['Shop', 'shop (101)'], 'the names')
    await lab.quiet()
    lab.ledger.clear()
    await lab.sync()
    lab.mustBeAt(places)
    mustEqual(await lab.nameOf(100), 'Shop', "a person's name")
    await lab.quiet()
  }
}

const lost: Scenario = {
  name: 'the Ledger is lost',
  holds: async (bench) => {
    const lab = await Lab.open(bench, two, { endpoint: { missingPolicy: 'delete' } })
    const places = lab.places()
    lab.ledger.clear()
    lab.session.inventory.intents.clear()
    const plan = await lab.sync()
    mustEqual(plan.changes.length, 0, 'changes')
    lab.mustBeAt(places)
    for (const [key, { origin }] of lab.ledger) mustEqual(origin, 'adopted', key)
    await lab.quiet()
    const { world } = lab.proxmox
    world.guests = world.guests.filter(({ vmid }) => vmid !== 100)
    for (let day = 0; day < 30; day += 10) {
      lab.session.pass(10)
      await lab.sync()
    }
    mustEqual((await lab.all('vm')).length, 2, 'VMs: what was adopted is never deleted')
    await lab.quiet()
  }
}

const restored: Scenario = {
  name: "NetBox is restored from yesterday's dump, and gives ids again",
  holds: async (bench) => {
    const lab = await Lab.open(bench, two)
    const dump = await lab.netbox.save()
    lab.proxmox.add({ vmid: 102, name: 'new' })
    lab.proxmox.add({ vmid: 103, name: 'newer' })
    await lab.sync()
    const given = lab.id(102)
    const { cluster } = await lab.stored(vmKey(100))
    const primary = (await lab.stored(vmKey(100))).primary_ip4
    await dump()
    const [foreign] = await lab.netbox.create('vm', [
      { fields: { name: 'by hand', cluster: cluster ?? null, description: 'mine' } }
    ])
    must(foreign !== undefined, 'no VM by hand')
    await lab.sync()
    must(lab.id(102) !== foreign?.netbox_id, `${given} was given to another object`)
    const now = await lab.storedAt('vm', foreign?.netbox_id ?? 0)
    mustEqual(
      [now.name, now.description, now['cf.proxmox_vm_id'] ?? null],
      ['by hand', 'mine', null],
      'the VM by hand'
    )
    mustEqual((await lab.all('vm')).length, 5, 'VMs')
    mustEqual((await lab.stored(vmKey(100))).primary_ip4, primary, 'the primary address')
    await lab.quiet()
  }
}

export const sides: readonly Scenario[] = [
  endpoints,
  twins,
  deleted,
  replaced,
  renamed,
  lost,
  restored
]
