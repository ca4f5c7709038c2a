import type { Plan } from '@proxbox/contracts'
import { Fixture } from './fixture.ts'
import { vmKey } from './proxmox-lab.ts'
import { must, mustEqual, type Scenario } from './scenario.ts'

const evidenceOf = ({ adoptions }: Plan, key: string): string | undefined =>
  adoptions.find((one) => one.key === key)?.evidence_of_match

const hand: Scenario = {
  name: 'a NetBox kept by hand is taken over object by object',
  holds: async (bench) => {
    const made = await Fixture.open(bench, undefined, {
      connections: { caaaaaaaa: { netboxCluster: 'Production' } }
    })
    const cluster = await made.cluster('production')
    const at = { ref: cluster.key }
    const node = made.lab.proxmox.world.nodes[0]?.name ?? ''
    const vendor = await made.make('manufacturer', { name: 'Dell', slug: 'dell' })
    const type = await made.make('device-type', {
      model: 'R640',
      slug: 'r640',
      manufacturer: { ref: vendor.key }
    })
    const role = await made.make('device-role', { name: 'Hypervisor', slug: 'hypervisor' })
    const device = await made.make('device', {
      name: `${node}.example.org`,
      device_type: { ref: type.key },
      role: { ref: role.key },
      site: await made.home(),
      serial: 'S1'
    })
    const vm = await made.make('vm', {
      name: 'WEB',
      cluster: at,
      memory: 4711,
      description: 'mine'
    })
    const nic = await made.make('vm-interface', { name: 'eth0', virtual_machine: { ref: vm.key } })
    const disk = await made.make('disk', {
      name: 'root',
      size: 16_384,
      virtual_machine: { ref: vm.key }
    })
    const loose = await made.make('ip-address', {
      address: '10.1.0.100/16',
      dns_name: 'web.example.org'
    })
    const plan = await made.settle()
    const { lab } = made
    mustEqual(evidenceOf(plan, 'cluster:caaaaaaaa'), 'name', 'the cluster is found by')
    mustEqual(evidenceOf(plan, vmKey(100)), 'name', 'the guest is found by')
    mustEqual(evidenceOf(plan, `${vmKey(100)}/net0`), 'name', 'the interface is found by')
    mustEqual(evidenceOf(plan, `${vmKey(100)}/scsi0`), 'only-one', 'the disk is found by')
    mustEqual(
      evidenceOf(plan, `ip:${vmKey(100)}/net0/10.1.0.100`),
      'address',
      'the address is found by'
    )
    mustEqual(lab.id(100), vm.netbox_id, 'the VM')
    mustEqual(lab.row(`${vmKey(100)}/net0`).netbox_id, nic.netbox_id, 'the interface')
    mustEqual(lab.row(`${vmKey(100)}/scsi0`).netbox_id, disk.netbox_id, 'the disk')
    const address = await lab.storedAt('ip-address', loose.netbox_id)
    mustEqual(
      [address.address, address.dns_name, address.assigned_object],
      ['10.1.0.100/16', 'web.example.org', { ref: nic.key }],
      'the address is assigned and else as it was'
    )
    const now = await lab.storedAt('device', device.netbox_id)
    mustEqual([now.name, now.serial], [`${node}.example.org`, 'S1'], 'the device')
    mustEqual(now.device_type, { ref: type.key }, 'its type')
    mustEqual((await lab.stored(vmKey(100))).name, 'WEB', 'the name')
    mustEqual((await lab.stored(vmKey(100))).description, 'mine', "a person's words")
    mustEqual((await lab.all('device')).length, 2, 'devices')
  }
}

const old: Scenario = {
  name: 'what netbox-proxbox 0.0.10 and 0.0.29 have made is found by its custom fields',
  holds: async (bench) => {
    const made = await Fixture.open(bench)
    await made.customFields([
      ['proxmox_vm_id', 'integer'],
      ['proxmox_vm_type', 'text'],
      ['proxmox_cluster', 'text']
    ])
    const cluster = await made.cluster()
    const at = { ref: cluster.key }
    // 0.0.10 writes the vmid and no cluster; 0.0.29 writes both, and its own suffix behind an equal name.
    const first = await made.make('vm', {
      name: 'renamed',
      cluster: at,
      'cf.proxmox_vm_id': 100,
      'cf.proxmox_vm_type': 'qemu'
    })
    const second = await made.make('vm', {
      name: 'db (2)',
      cluster: at,
      'cf.proxmox_vm_id': 101,
      'cf.proxmox_cluster': 'lab'
    })
    const stranger = await made.make('vm', {
      name: 'web',
      cluster: { ref: (await made.cluster('elsewhere')).key },
      'cf.proxmox_vm_id': 100,
      'cf.proxmox_cluster': 'elsewhere'
    })
    const plan = await made.settle()
    const { lab } = made
    for (const vmid of [100, 101]) {
      mustEqual(evidenceOf(plan, vmKey(vmid)), 'custom-field', `guest ${vmid} is found by`)
    }
    mustEqual([lab.id(100), lab.id(101)], [first.netbox_id, second.netbox_id], 'the VMs')
    mustEqual(await lab.nameOf(100), 'renamed', "a person's name")
    const other = await lab.storedAt('vm', stranger.netbox_id)
    mustEqual([other.name, other['cf.proxmox_vm_id']], ['web', 100], 'the VM of another cluster')
    mustEqual((await lab.all('vm')).length, 3, 'VMs')
  }
}

const ssot: Scenario = {
  name: 'what netbox-ssot has made is found by name and MAC',
  holds: async (bench) => {
    const made = await Fixture.open(bench)
    const cluster = await made.cluster()
    const tag = await made.make('tag', { name: 'netbox-ssot', slug: 'netbox-ssot' })
    await made.customFields([['source', 'text']])
    const vm = await made.make('vm', {
      name: 'web',
      cluster: { ref: cluster.key },
      tags: [{ ref: tag.key }],
      'cf.source': 'pve'
    })
    const nic = await made.make('vm-interface', { name: 'ens18', virtual_machine: { ref: vm.key } })
    await made.make('vm-interface', { name: 'lo', virtual_machine: { ref: vm.key } })
    await made.make('mac-address', {
      mac_address: 'BC:24:11:00:00:64',
      assigned_object: { ref: nic.key }
    })
    const plan = await made.settle()
    mustEqual(made.lab.id(100), vm.netbox_id, 'the VM')
    mustEqual(evidenceOf(plan, `${vmKey(100)}/net0`), 'mac', 'the interface is found by')
    mustEqual(made.lab.row(`${vmKey(100)}/net0`).netbox_id, nic.netbox_id, 'the interface')
    const { tags } = await made.lab.stored(vmKey(100))
    must(JSON.stringify(tags).includes(tag.key), 'the tag of netbox-ssot is gone')
  }
}

const ambiguous: Scenario = {
  name: 'two objects could be one guest, and a person decides',
  holds: async (bench) => {
    const made = await Fixture.open(bench)
    await made.customFields([['proxmox_vm_id', 'integer']])
    const cluster = await made.cluster()
    const at = { ref: cluster.key }
    const pair = []
    for (const name of ['web-a', 'web-b']) {
      pair.push(await made.make('vm', { name, cluster: at, 'cf.proxmox_vm_id': 100 }))
    }
    const { lab } = made
    const plan = await made.settle()
    const [conflict] = plan.conflicts
    mustEqual([conflict?.key, conflict?.code], [vmKey(100), 'ambiguous'], 'the conflict')
    must(lab.ledger.has(vmKey(101)), 'the other guest waits too')
    must(!lab.ledger.has(vmKey(100)), 'the guest does not wait')
    const second = pair[1]?.netbox_id ?? 0
    const decision = `adopt:vm/${second}`
    must(conflict?.decisions.some((one) => one.decision === decision) === true, 'no such decision')
    lab.decide({ key: vmKey(100), field: null, code: 'ambiguous', decision })
    const decided = await made.settle()
    mustEqual(decided.conflicts, [], 'conflicts')
    mustEqual(lab.id(100), second, 'the VM')
    mustEqual((await lab.all('vm')).length, 3, 'VMs')
  }
}

const taken: Scenario = {
  name: 'an address belongs to another object, and a person decides',
  holds: async (bench) => {
    const made = await Fixture.open(bench)
    const cluster = await made.cluster()
    const other = await made.make('vm', { name: 'other', cluster: { ref: cluster.key } })
    const nic = await made.make('vm-interface', { name: 'e0', virtual_machine: { ref: other.key } })
    const made100 = await made.make('ip-address', {
      address: '10.1.0.100/24',
      assigned_object: { ref: nic.key },
      description: 'mine'
    })
    const group = await made.call('ipam/fhrp-groups/', { protocol: 'vrrp2', group_id: 1 })
    const shared = await made.make('ip-address', {
      address: '10.1.0.101/24',
      assigned_object: { ref: `netbox:fhrp-group/${group}` }
    })
    const { lab } = made
    const holderOf = async (id: number) => (await lab.storedAt('ip-address', id)).assigned_object
    const key = `ip:${vmKey(100)}/net0/10.1.0.100`
    const plan = await made.settle()
    mustEqual(
      plan.conflicts.map((one) => [one.key, one.code, one.field]),
      [[key, 'address-taken', 'assigned_object']],
      'conflicts'
    )
    mustEqual(await holderOf(made100.netbox_id), { ref: nic.key }, 'whose address it is')
    mustEqual(
      await holderOf(shared.netbox_id),
      { ref: `netbox:fhrp-group/${group}` },
      'an address of a group'
    )
    lab.decide({ key, field: 'assigned_object', code: 'address-taken', decision: 'netbox' })
    const left = await made.settle()
    mustEqual([left.conflicts.length, left.held.length], [0, 0], 'conflicts, held')
    mustEqual(await holderOf(made100.netbox_id), { ref: nic.key }, 'whose address it is')
    lab.decide({ key, field: 'assigned_object', code: 'address-taken', decision: 'proxmox' })
    await made.settle()
    const now = await lab.storedAt('ip-address', made100.netbox_id)
    const place = `netbox:vm-interface/${lab.row(`${vmKey(100)}/net0`).netbox_id}`
    mustEqual([now.assigned_object, now.description], [{ ref: place }, 'mine'], 'the address')
    mustEqual(lab.row(key).origin, 'adopted', 'whose it is')
  }
}

const clash: Scenario = {
  name: 'another object has the name, and a person decides',
  holds: async (bench) => {
    const made = await Fixture.open(bench)
    await made.customFields([['proxmox_vm_id', 'integer']])
    const cluster = await made.cluster()
    const foreign = await made.make('vm', {
      name: 'Web',
      cluster: { ref: cluster.key },
      'cf.proxmox_vm_id': 999
    })
    const { lab } = made
    const plan = await made.settle()
    mustEqual(
      plan.conflicts.map(({ key, code }) => [key, code]),
      [[vmKey(100), 'name-clash']],
      'conflicts'
    )
    must(!lab.ledger.has(vmKey(100)) && lab.ledger.has(vmKey(101)), 'only the one guest waits')
    lab.decide({ key: vmKey(100), field: null, code: 'name-clash', decision: 'create' })
    await made.settle()
    mustEqual(await lab.nameOf(100), 'web (100)', 'the name')
    mustEqual((await lab.storedAt('vm', foreign.netbox_id)).name, 'Web', 'the other name')
    mustEqual((await lab.all('vm')).length, 3, 'VMs')
  }
}

export const adoption: readonly Scenario[] = [hand, old, ssot, ambiguous, taken, clash]
