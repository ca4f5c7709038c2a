import { addError } from '../engine/errors.ts'
import { keyed } from '../engine/keyed.ts'
import type { Context, Model, Rules } from '../engine/model.ts'
import type { Draft, Row } from '../engine/row.ts'
import { VM } from './clusters.ts'
import {
  constant,
  constants,
  description,
  flag,
  integer,
  reference,
  requiredReference,
  requiredText
} from './fields.ts'
import {
  addressing,
  checkInterface,
  checkMacInput,
  dropVlans,
  interfaceComputed,
  settleMacs
} from './interface-rules.ts'
import { nameOf } from './rules.ts'
import { diskSum } from './virtual-machine.ts'

const VMI = 'virtualization.vminterface'
const DISK = 'virtualization.virtualdisk'

const ofCluster = (model: string) => ({
  to: 'virtualization.cluster',
  ids: (clusters: readonly number[], { store }: Context) =>
    clusters
      .flatMap((id) => [...store.ids(VM, 'cluster', id)])
      .flatMap((id) => [...store.ids(model, 'virtual_machine', id)])
})

function checkSiblings(draft: Draft, before: Row | undefined, { store, errors }: Rules): void {
  for (const [field, self] of [
    ['parent', 'An interface cannot be its own parent.'],
    ['bridge', 'An interface cannot be bridged to itself.']
  ] as const) {
    const other = store.get(VMI, draft[field])
    if (!other) continue
    if (other.id === before?.id) addError(errors, field, self)
    else if (other.virtual_machine !== draft.virtual_machine) {
      const vm = nameOf(store.get(VM, other.virtual_machine))
      const text = `The selected ${field} interface (${other.name}) belongs to a different virtual machine (${vm}).`
      addError(errors, field, text)
    }
  }
}

function checkVlan(draft: Draft, { store, errors }: Rules): void {
  const vlan = store.get('ipam.vlan', draft.untagged_vlan)
  if (!vlan || vlan.site === null) return
  if (vlan.site === store.get(VM, draft.virtual_machine)?.site) return
  const shown = `${vlan.name} (${vlan.vid})`
  const text = `The untagged VLAN (${shown}) must belong to the same site as the interface's parent virtual machine, or it must be global.`
  addError(errors, 'untagged_vlan', text)
}

const vmInterface: Model = {
  key: VMI,
  path: '/virtualization/interfaces/',
  className: 'VMInterface',
  verbose: 'interface',
  tags: true,
  customFields: true,
  owns: ['dcim.macaddress', 'ipam.ipaddress'],
  fields: [
    requiredReference('virtual_machine', VM, { onDelete: 'cascade' }),
    requiredText('name', 64),
    flag('enabled', true),
    reference('parent', VMI, { onDelete: 'protect' }),
    reference('bridge', VMI),
    integer('mtu', { min: 1, max: 65_536 }),
    description,
    ...addressing
  ],
  computed: [
    ...interfaceComputed(VMI),
    ...constants(null, ['vlan_translation_policy', 'l2vpn_termination', 'owner']),
    constant('count_fhrp_groups', 0)
  ],
  nested: ['virtual_machine', 'name', 'description'],
  ordering: ['virtual_machine', 'name'],
  search: ['name', 'description'],
  unique: [
    {
      key: (row) => keyed(row.virtual_machine, row.name),
      message: 'Interface with this Virtual machine and Name already exists.'
    }
  ],
  filters: {
    cluster_id: ofCluster(VMI),
    mac_address: {
      match: (row, value, { store }) =>
        store
          .where('dcim.macaddress', 'assigned_object', `${VMI}\u0000${row.id}`)
          .some((mac) => String(mac.mac_address).toLowerCase() === value.toLowerCase())
    }
  },
  display: nameOf,
  clean: (draft, before, rules) => {
    checkMacInput(draft, before, rules)
    checkInterface(VMI, draft, before, rules)
    checkSiblings(draft, before, rules)
    checkVlan(draft, rules)
  },
  fill: dropVlans,
  saved: (row, before, context) => settleMacs(VMI, row, before, context)
}

/** VM.disk follows its virtual disks: silently, so neither changelog nor last_updated tell. */
function recompute(vmId: unknown, context: Context): void {
  const vm = context.store.get(VM, vmId)
  if (!vm) return
  const disk = diskSum(vm.id, context) || null
  if (vm.disk !== disk) context.store.put(VM, { ...vm, disk })
}

const virtualDisk: Model = {
  key: DISK,
  path: '/virtualization/virtual-disks/',
  className: 'VirtualDisk',
  verbose: 'virtual disk',
  tags: true,
  customFields: true,
  fields: [
    requiredReference('virtual_machine', VM, { onDelete: 'cascade' }),
    requiredText('name', 64),
    description,
    integer('size', { required: true, nullable: false, min: 0 })
  ],
  computed: [constant('owner', null)],
  nested: ['virtual_machine', 'name', 'description', 'size'],
  ordering: ['virtual_machine', 'name'],
  search: ['name', 'description'],
  unique: [
    {
      key: (row) => keyed(row.virtual_machine, row.name),
      message: 'Virtual disk with this Virtual machine and Name already exists.'
    }
  ],
  display: nameOf,
  saved: (row, before, context) => {
    recompute(row.virtual_machine, context)
    if (before && before.virtual_machine !== row.virtual_machine) {
      recompute(before.virtual_machine, context)
    }
  },
  deleted: (row, context) => recompute(row.virtual_machine, context)
}

export const vmParts: readonly Model[] = [vmInterface, virtualDisk]
