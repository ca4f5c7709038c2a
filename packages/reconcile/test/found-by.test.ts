import t from 'tap'
import { handKept, planFor, withConfig } from './planned.ts'
import { estate, guest, World } from './world.ts'

t.test('each adoption tells its evidence in words', async (t) => {
  const world = handKept()
  const vm = [...world.objects.values()].find(({ kind }) => kind === 'vm')
  const site = { ref: 'netbox:site/1' }
  world.add('device', { name: 'pve1', site }, 'pve1')
  const port = world.add('vm-interface', { name: 'eth0', virtual_machine: { ref: vm?.key ?? '' } })
  world.add('mac-address', { mac_address: 'BC:24:11:00:00:64', assigned_object: { ref: port.key } })
  world.add('ip-address', {
    address: '10.0.100.10/24',
    vrf: null,
    assigned_object: { ref: port.key }
  })
  world.add('disk', { name: 'disk 1', virtual_machine: { ref: vm?.key ?? '' }, size: 8192 })
  const plan = planFor(world, estate([guest(100)]))
  const told = new Map(plan.adoptions.map((one) => [one.kind, one.evidence.adopted_by]))
  const updates = plan.changes.filter(({ action }) => action === 'update')
  t.ok(updates.length > 0)
  for (const { kind, evidence } of updates) t.equal(evidence?.adopted_by, told.get(kind), kind)
  t.equal(told.get('cluster'), 'name lab in site Home')
  t.equal(told.get('device'), 'name pve1 in site Home')
  t.equal(told.get('vm'), 'name vm100 in cluster lab')
  t.equal(told.get('vm-interface'), 'MAC address BC:24:11:00:00:64, of virtual machine vm100')
  t.equal(told.get('ip-address'), 'address 10.0.100.10/24 of interface eth0')
  t.equal(told.get('disk'), 'the only disk of virtual machine vm100 of that size')
})

t.test('custom fields are named; what we know already has no evidence', async (t) => {
  const world = handKept({ name: 'x', 'cf.proxmox_vm_id': 100, 'cf.proxmox_cluster': 'lab' })
  const found = planFor(world, estate([guest(100)])).adoptions.find(({ kind }) => kind === 'vm')
  t.equal(
    found?.evidence.adopted_by,
    'custom fields proxmox_vm_id 100, proxmox_cluster lab in cluster lab'
  )
  const own = new World()
  own.apply(planFor(own, estate([guest(100)])))
  own.edit('vm:caaaaaaaa/qemu/100', { memory: 4096 })
  const [learned] = planFor(own, estate([withConfig({ memoryMiB: 4096 })])).adoptions
  t.match(learned?.values, { memory: 4096 })
  t.equal(learned?.evidence.adopted_by, undefined)
  own.edit('vm:caaaaaaaa/qemu/100', { memory: 1 })
  const [corrected] = planFor(own, estate([guest(100)])).changes
  t.match(corrected, { action: 'update', after: { memory: Number } })
  t.equal(corrected?.evidence?.adopted_by, undefined)
})
