import type { Change, Fields, FieldValue, Plan } from '@proxbox/contracts'
import { setConfig } from '@proxbox/simulator/proxmox'
import { toldChanges } from '../told.ts'
import { Fixture } from './fixture.ts'
import { macOf, vmKey } from './proxmox-lab.ts'
import { must, mustEqual, type Scenario } from './scenario.ts'

const count = 30
const guests = Array.from({ length: count }, (_, index) => ({
  vmid: 100 + index,
  name: `app-${index}`
}))
const empty = (value: FieldValue | undefined) =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && !value.length)

/** Pure: fields in which something of a person would be lost. A fact that Proxmox measures is corrected, and says so. */
const lostBy = ({ before, after, why }: Change): string[] =>
  Object.keys(after).filter((field) => {
    const [was, is] = [before[field], after[field]]
    if (empty(was) || why[field]?.policy === 'source') return false
    if (!Array.isArray(was) || !Array.isArray(is)) return true
    const left = new Set(is.map((one) => JSON.stringify(one)))
    return was.some((one) => !left.has(JSON.stringify(one)))
  })

/** Devices with FQDN names and no cluster, VMs with `eth0` and one address each in a VRF, half of those unassigned. */
async function fill(made: Fixture): Promise<Set<string>> {
  const { lab } = made
  const site = await made.home()
  const vrf = await made.call('ipam/vrfs/', { name: 'Blue' })
  await made.call('ipam/vrfs/', { name: 'Red' })
  const siteId = Number(site.ref.slice(site.ref.lastIndexOf('/') + 1))
  const scope = { scope_type: 'dcim.site', scope_id: siteId }
  await made.call('ipam/prefixes/', { prefix: '10.1.0.0/16', vrf, ...scope })
  const group = await made.make('vlan-group', { name: 'Plant', slug: 'plant', scope: site })
  for (const vid of [20, 50]) {
    const vlan = { vid, name: `Servers ${vid}`, status: 'active' }
    await made.make('vlan', { ...vlan, group: { ref: group.key } })
  }
  const cluster = await made.cluster('Production')
  const maker = await made.make('manufacturer', { name: 'Dell', slug: 'dell' })
  const type = await made.make('device-type', {
    model: 'R640',
    slug: 'r640',
    manufacturer: { ref: maker.key }
  })
  const role = await made.make('device-role', { name: 'Hypervisor', slug: 'hypervisor' })
  for (const { name } of lab.proxmox.world.nodes) {
    await made.make('device', {
      name: `${name}.example.org`,
      device_type: { ref: type.key },
      role: { ref: role.key },
      site,
      status: 'active',
      serial: `S ${name}`
    })
  }
  const at = { cluster: { ref: cluster.key }, site }
  const vms = await lab.netbox.create(
    'vm',
    guests.map(({ name }) => ({ fields: { name, ...at, comments: `about ${name}` } }))
  )
  const nics = await lab.netbox.create(
    'vm-interface',
    vms.map(({ key }) => ({ fields: { name: 'eth0', virtual_machine: { ref: key } } }))
  )
  await lab.netbox.create(
    'ip-address',
    nics.map(({ key }, index) => ({
      fields: {
        address: `10.1.0.${100 + index}/16`,
        vrf: { ref: `netbox:vrf/${vrf}` },
        status: 'active',
        dns_name: `app-${index}.example.org`,
        ...(index % 2 === 0 ? { assigned_object: { ref: key } } : {})
      }
    }))
  )
  return new Set(
    (await lab.netbox.read(['vm', 'vm-interface', 'ip-address', 'device'])).map(({ key }) => key)
  )
}

const isNode = ({ key }: Change) => /^(ip:|mac:)?interface:/.test(key)

/** What the fixture does not have: what belongs to Proxbox, node interfaces with their addresses, MACs and disks of guests. */
function mustBeAbsent(plan: Plan): void {
  const made = plan.changes.filter(({ action }) => action === 'create')
  const wrong = made.filter(
    (change) =>
      ['cluster', 'device', 'vm', 'vm-interface', 'vlan', 'vlan-group', 'site'].includes(
        change.kind
      ) ||
      (change.kind === 'ip-address' && !isNode(change))
  )
  must(wrong.length === 0, `made though it is there:\n${toldChanges(wrong)}`)
  mustEqual(plan.changes.filter(({ action }) => action === 'delete').length, 0, 'deletes')
}

/** Every object of a person is itself, by evidence that is told. */
function mustExplain(plan: Plan): void {
  const by = new Map(plan.adoptions.map((one) => [one.key, one.evidence_of_match]))
  for (const { vmid } of guests) {
    const key = vmKey(vmid)
    mustEqual(
      [by.get(key), by.get(`${key}/net0`), by.get(`ip:${key}/net0/10.1.0.${vmid}`)],
      ['name', 'name', 'address'],
      `guest ${vmid} is found by`
    )
  }
  mustEqual(by.get('cluster:caaaaaaaa'), 'name', 'the cluster is found by')
  mustEqual(
    plan.adoptions.filter(({ kind }) => kind === 'device').map((one) => one.evidence_of_match),
    ['name', 'name'],
    'the devices are found by'
  )
}

const first: Scenario = {
  name: 'the first Plan of a NetBox kept by hand makes only what is not there',
  holds: async (bench) => {
    const made = await Fixture.open(bench, guests, {
      connections: { caaaaaaaa: { netboxCluster: 'production' } }
    })
    const { lab } = made
    for (const { vmid } of guests) {
      setConfig(lab.proxmox.world, vmid, 'net0', `virtio=${macOf({ vmid })},bridge=vmbr0,tag=20`)
    }
    const objects = await fill(made)
    const before = lab.netbox.writes()
    const plan = await lab.plan()
    mustEqual(lab.netbox.writes() - before, 0, 'writes of a Plan')
    mustEqual([plan.conflicts.length, plan.held.length], [0, 0], 'conflicts, held')
    mustBeAbsent(plan)
    mustExplain(plan)
    for (const change of plan.changes) {
      mustEqual(lostBy(change), [], `${change.key} would lose, of a person`)
    }
    await made.settle()
    const now = await lab.netbox.read(['vm', 'vm-interface', 'ip-address', 'device'])
    const left = new Set(now.map(({ key }) => key))
    for (const key of objects) must(left.has(key), `${key} is gone`)
    const told = (fields: Fields) => [fields.dns_name, fields.assigned_object]
    for (const { vmid } of guests) {
      const row = lab.row(`ip:${vmKey(vmid)}/net0/10.1.0.${vmid}`)
      const nic = lab.row(`${vmKey(vmid)}/net0`).netbox_id
      mustEqual(
        told(await lab.storedAt('ip-address', row.netbox_id)),
        [`app-${vmid - 100}.example.org`, { ref: `netbox:vm-interface/${nic}` }],
        `the address of guest ${vmid}`
      )
    }
  }
}

export const handKept: readonly Scenario[] = [first]
