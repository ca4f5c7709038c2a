import type { Fields } from '@proxbox/contracts'
import t from 'tap'
import { changeOf, key, runOn } from './planned.ts'
import { estate, guest, World } from './world.ts'

const definition = 'custom-field:proxmox_node'
const device = 'device:ncaaaaaaaa'
const vm = 'virtualization.virtualmachine'
const seen = estate([guest(100)])

/** What NetBox does with the values when a definition loses a model: the field is gone from such objects. */
function without(world: World, of: string, field: string): void {
  const row = world.ledger.get(of)
  const at = `netbox:${row?.kind}/${row?.netbox_id}`
  const item = world.objects.get(at)
  if (item === undefined) throw new Error(`no ${of}`)
  const { [field]: _, ...fields } = item.fields
  world.objects.set(at, { ...item, fields })
}

/** After the first Run a person has left the nodes' custom field to VMs alone. */
function narrowed(): World {
  const world = new World()
  runOn(world, seen)
  world.edit(definition, { object_types: [vm] })
  without(world, device, 'cf.proxmox_node')
  return world
}

t.test('a custom field that a person has taken from a kind is not sent for it', async (t) => {
  const world = narrowed()
  t.same(runOn(world, seen).changes, [])
  // Nor for one that is new, or whose value the Ledger does not know.
  world.ledger.delete(device)
  t.same(runOn(world, seen).changes, [])
  world.edit(definition, { object_types: ['dcim.device'] })
  const made = changeOf(runOn(world, estate([guest(100), guest(101)])), 'vm:caaaaaaaa/qemu/101')
  t.ok(made)
  t.notOk('cf.proxmox_node' in (made?.after ?? {}))
  t.match(made?.after, { 'cf.proxmox_vm_id': 101 })
})

t.test('where a Run gives it to the kind again, the values come with it', async (t) => {
  const world = narrowed()
  const row = world.ledger.get(definition)
  const old = world.stored(definition)
  // The person makes it anew: what it is for is no longer that person's last word against ours.
  world.cascade(`netbox:custom-field/${row?.netbox_id}`)
  const again: Fields = { ...old, object_types: [vm] }
  world.add('custom-field', again)
  const plan = runOn(world, seen)
  t.match(changeOf(plan, definition)?.after.object_types, ['dcim.device', vm])
  t.same(changeOf(plan, device)?.after, { 'cf.proxmox_node': 'pve1' })
  t.equal(changeOf(plan, key), undefined)
})
