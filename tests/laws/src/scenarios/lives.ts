import { removeGuest, renameGuest, setConfig } from '@proxbox/simulator/proxmox'
import type { SessionOptions } from '../session.ts'
import { Lab } from './lab.ts'
import { macOf, uuidOf, vmKey } from './proxmox-lab.ts'
import { must, mustEqual, type Scenario } from './scenario.ts'

const two = [
  { vmid: 100, name: 'web' },
  { vmid: 101, name: 'db' }
]

/** Ids of the objects on an address. */
async function idsOfAddress(lab: Lab, host: string): Promise<number[]> {
  const all = await lab.all('ip-address')
  return all
    .filter(({ fields }) => String(fields.address).startsWith(`${host}/`))
    .map(({ netbox_id }) => netbox_id)
}

const reuse: Scenario = {
  name: 'a VMID is given to a new guest',
  holds: async (bench) => {
    const lab = await Lab.open(bench, two)
    const places = lab.places()
    const [old, address] = [lab.id(100), await idsOfAddress(lab, '10.1.0.100')]
    removeGuest(lab.proxmox.world, 100)
    lab.proxmox.add({ vmid: 100, name: 'web', life: 1 })
    await lab.sync()
    must(lab.id(100) !== old, 'the new guest has the old object')
    lab.mustBeAt(places, vmKey(101))
    mustEqual(await lab.nameOf(100), 'web', 'the name of the new guest')
    mustEqual((await lab.storedAt('vm', old)).name, 'web (100)', 'the name of the old one')
    mustEqual(await idsOfAddress(lab, '10.1.0.100'), address, 'the address that we made moves')
    await lab.quiet()
    await lab.mustBeStale(old)
    const replaced = [...lab.ledger.values()].filter(
      ({ kind, netbox_id }) => kind === 'vm' && netbox_id === old
    )
    mustEqual(
      replaced.map(({ key }) => key),
      [`${vmKey(100)}~n${old}`],
      'the old guest in the Ledger'
    )
  }
}

const edited: Scenario = {
  name: 'a guest gets a new uuid, or a new creation time, and stays itself',
  holds: async (bench) => {
    const lab = await Lab.open(bench, two)
    const places = lab.places()
    const { world } = lab.proxmox
    setConfig(world, 100, 'smbios1', `uuid=${uuidOf({ vmid: 100, life: 5 })}`)
    await lab.sync()
    lab.mustBeAt(places)
    await lab.quiet()
    setConfig(world, 100, 'meta', 'creation-qemu=9.0.0,ctime=1790000000')
    await lab.sync()
    lab.mustBeAt(places)
    await lab.quiet()
  }
}

const unread: Scenario = {
  name: 'evidence that was not read changes nothing',
  holds: async (bench) => {
    const lab = await Lab.open(bench, two)
    const places = lab.places()
    const evidence = lab.row(vmKey(100)).evidence
    const seen = await lab.proxmox.seen()
    const blind = {
      ...seen,
      guests: seen.guests.map(({ config: _, ...row }) => row),
      gaps: [
        {
          cluster: seen.clusterId,
          scope: 'guests' as const,
          facet: 'config' as const,
          reason: 'denied' as const,
          detail: 'not read'
        }
      ]
    }
    const plan = await lab.syncAs(blind)
    mustEqual(plan.changes.length, 0, 'changes')
    mustEqual(lab.row(vmKey(100)).evidence, evidence, 'the evidence')
    lab.mustBeAt(places)
    await lab.quiet()
  }
}

const clone: Scenario = {
  name: 'a guest is cloned',
  holds: async (bench) => {
    const lab = await Lab.open(bench, two)
    const places = lab.places()
    lab.proxmox.add({ vmid: 105, name: 'web' })
    await lab.sync()
    lab.mustBeAt(places)
    mustEqual([await lab.nameOf(100), await lab.nameOf(105)], ['web', 'web (105)'], 'the names')
    mustEqual((await lab.all('vm')).length, 3, 'VMs')
    await lab.quiet()
  }
}

const restore: Scenario = {
  name: 'a guest is restored under a new VMID beside the old one',
  holds: async (bench) => {
    const lab = await Lab.open(bench, two)
    const places = lab.places()
    const [mac, uuid] = [macOf({ vmid: 100 }), uuidOf({ vmid: 100 })]
    lab.proxmox.add({ vmid: 105, name: 'web', mac, uuid, address: '10.1.0.100' })
    const { conflicts } = await lab.sync()
    mustEqual(conflicts, [], 'conflicts')
    lab.mustBeAt(places)
    mustEqual(await lab.nameOf(105), 'web (105)', 'the name')
    mustEqual((await idsOfAddress(lab, '10.1.0.100')).length, 1, 'the address')
    await lab.quiet()
  }
}

/** Guest 100 goes; guest 105 comes with its name, and with more of it. */
async function rebuilt(lab: Lab, more: { mac?: string; uuid?: string; address?: string } = {}) {
  removeGuest(lab.proxmox.world, 100)
  lab.proxmox.add({ vmid: 105, name: 'web', ...more })
}

const follow = (options: SessionOptions = {}): SessionOptions => ({
  ...options,
  endpoint: { rebuiltPolicy: 'follow' }
})

const rebuiltFollow: Scenario = {
  name: 'a guest is built again under another VMID, and followed by policy',
  holds: async (bench) => {
    const lab = await Lab.open(bench, two, follow())
    const old = lab.id(100)
    await rebuilt(lab)
    const { conflicts } = await lab.sync()
    mustEqual(conflicts, [], 'conflicts')
    mustEqual(lab.id(105), old, 'the object of guest 105')
    mustEqual((await lab.stored(vmKey(105)))['cf.proxmox_vm_id'], 105, 'the VMID')
    mustEqual(await lab.nameOf(105), 'web', 'the name')
    mustEqual((await lab.all('vm')).length, 2, 'VMs')
    await lab.quiet()
    lab.proxmox.add({ vmid: 100, name: 'other', life: 2 })
    await lab.sync()
    must(lab.id(100) !== old, 'the VMID of old leads to the object that was followed')
    mustEqual(lab.id(105), old, 'the object of guest 105')
    await lab.quiet()
  }
}

const rebuiltDecided: Scenario = {
  name: 'a guest is built again under another VMID, and followed by decision',
  holds: async (bench) => {
    const lab = await Lab.open(bench, two)
    const old = lab.id(100)
    await rebuilt(lab, { mac: macOf({ vmid: 100 }), address: '10.1.0.100' })
    const { conflicts } = await lab.sync()
    mustEqual(
      conflicts.map(({ key, code }) => [key, code]),
      [[vmKey(105), 'guest-rebuilt']],
      'conflicts'
    )
    mustEqual(
      conflicts[0]?.decisions.map(({ decision }) => decision),
      ['follow', 'create'],
      'decisions'
    )
    must(!lab.ledger.has(vmKey(105)), 'the guest waits')
    await lab.quiet()
    await lab.mustBeStale(old)
    lab.decide({ key: vmKey(105), field: null, code: 'guest-rebuilt', decision: 'follow' })
    const decided = await lab.sync()
    mustEqual(decided.conflicts, [], 'conflicts')
    mustEqual(lab.id(105), old, 'the object of guest 105')
    await lab.quiet()
    await lab.mustBeStale(old, false)
  }
}

const rebuiltCreated: Scenario = {
  name: 'a guest is built again under another VMID, and a person wants a new object',
  holds: async (bench) => {
    const lab = await Lab.open(bench, two)
    const [old, address] = [lab.id(100), await idsOfAddress(lab, '10.1.0.100')]
    await rebuilt(lab, { address: '10.1.0.100' })
    lab.decide({ key: vmKey(105), field: null, code: 'guest-rebuilt', decision: 'create' })
    await lab.sync()
    must(lab.id(105) !== old, 'guest 105 has the old object')
    mustEqual(await lab.nameOf(105), 'web', 'the name of the living guest')
    mustEqual((await lab.storedAt('vm', old)).name, 'web (100)', 'the name of the old one')
    mustEqual(await idsOfAddress(lab, '10.1.0.100'), address, 'the address that we made moves')
    await lab.quiet()
    await lab.mustBeStale(old)
  }
}

const stale: Scenario = {
  name: 'a guest that is gone yields name and address to a living one',
  holds: async (bench) => {
    const lab = await Lab.open(bench, two)
    const [old, address] = [lab.id(100), await idsOfAddress(lab, '10.1.0.100')]
    const places = lab.places()
    removeGuest(lab.proxmox.world, 100)
    await lab.sync()
    await lab.quiet()
    renameGuest(lab.proxmox.world, 101, 'web')
    lab.proxmox.addressOf(101, '10.1.0.100')
    await lab.sync()
    lab.mustBeAt(places, vmKey(101))
    mustEqual(await lab.nameOf(101), 'web', 'the name of the living guest')
    mustEqual((await lab.storedAt('vm', old)).name, 'web (100)', 'the name of the old one')
    mustEqual(await idsOfAddress(lab, '10.1.0.100'), address, 'the address that we made moves')
    await lab.quiet()
    await lab.mustBeStale(old)
    lab.proxmox.add({ vmid: 100, name: 'web' })
    await lab.sync()
    mustEqual(lab.id(100), old, 'the guest that is back has its object')
    await lab.mustBeStale(old, false)
    mustEqual([await lab.nameOf(100), await lab.nameOf(101)], ['web (100)', 'web'], 'the names')
    await lab.quiet()
  }
}

const locked: Scenario = {
  name: 'a guest that comes back during its backup is back before that ends',
  holds: async (bench) => {
    const lab = await Lab.open(bench, two)
    const { world } = lab.proxmox
    const old = lab.id(100)
    const places = lab.places()
    removeGuest(world, 100)
    await lab.sync()
    await lab.mustBeStale(old)
    const { config } = lab.proxmox.add({ vmid: 100, name: 'web' })
    config.lock = 'backup'
    await lab.sync()
    await lab.mustBeStale(old, false)
    mustEqual((await lab.storedAt('vm', old)).status, 'active', 'the status during the backup')
    await lab.quiet()
    delete config.lock
    await lab.quiet()
    lab.mustBeAt(places)
  }
}

const edits: Scenario = {
  name: 'a guest that is gone keeps a name that a person gave it',
  holds: async (bench) => {
    const lab = await Lab.open(bench, two)
    const old = lab.id(100)
    await lab.edit(vmKey(100), { name: 'mail' })
    removeGuest(lab.proxmox.world, 100)
    renameGuest(lab.proxmox.world, 101, 'mail')
    await lab.sync()
    mustEqual((await lab.storedAt('vm', old)).name, 'mail', 'the name of the old one')
    mustEqual(await lab.nameOf(101), 'mail (101)', 'the name of the living guest')
    await lab.quiet()
  }
}

export const lives: readonly Scenario[] = [
  reuse,
  edited,
  unread,
  clone,
  restore,
  rebuiltFollow,
  rebuiltDecided,
  rebuiltCreated,
  stale,
  locked,
  edits
]
