import { addError } from '../engine/errors.ts'
import { keyed } from '../engine/keyed.ts'
import type { Context, Model, Rules } from '../engine/model.ts'
import { isRecord } from '../engine/python.ts'
import type { Draft, Minor, Row } from '../engine/row.ts'
import { VM } from './clusters.ts'
import {
  choice,
  comments,
  constant,
  countOf,
  description,
  integer,
  reference,
  requiredText,
  text
} from './fields.ts'
import { checkPrimary, nameOf } from './rules.ts'
import { simple } from './simple.ts'

const virtualMachineType: Model = {
  ...simple({
    key: 'virtualization.virtualmachinetype',
    path: '/virtualization/virtual-machine-types/',
    className: 'VirtualMachineType',
    verbose: 'virtual machine type',
    fields: [
      reference('default_platform', 'dcim.platform'),
      { name: 'default_vcpus', kind: 'decimal', nullable: true, min: 0.01 },
      integer('default_memory', { min: 0 })
    ],
    computed: [countOf('virtual_machine_count', VM, 'virtual_machine_type')]
  }),
  since: 6,
  unique: [
    {
      key: ({ name }) => String(name).toLowerCase(),
      message: 'Virtual machine type name must be unique.'
    }
  ]
}

export const NESTED_IP = [
  'family',
  'address',
  'nat_inside',
  'nat_outside',
  'dns_name',
  'description'
]

export const primary = (name: string) =>
  reference(name, 'ipam.ipaddress', { onDelete: 'silent', unique: true, nestedAs: NESTED_IP })

/** IPv4 before IPv6 (PREFER_IPV4 is about display only; the API answers v6 first when both are set). */
export const primaryIp = {
  name: 'primary_ip',
  value: (
    row: Row,
    view: { nested(model: string, id: unknown, fields?: readonly string[]): unknown }
  ) => view.nested('ipam.ipaddress', row.primary_ip6 ?? row.primary_ip4, NESTED_IP)
}

const lowerName = (row: Draft) => String(row.name).toLowerCase()

const virtualMachine: Model = {
  key: VM,
  path: '/virtualization/virtual-machines/',
  className: 'VirtualMachine',
  verbose: 'virtual machine',
  tags: true,
  customFields: true,
  fields: [
    requiredText('name', 64),
    reference('virtual_machine_type', 'virtualization.virtualmachinetype', {
      since: 6,
      onDelete: 'protect',
      isResetByPut: true
    }),
    reference('role', 'dcim.devicerole', { onDelete: 'protect' }),
    choice(
      'status',
      ['offline', 'active', 'planned', 'staged', 'failed', 'decommissioning', 'paused'],
      { default: 'active' }
    ),
    choice('start_on_boot', ['on', 'off', ['laststate', 'Last State']], { default: 'off' }),
    reference('site', 'dcim.site', { onDelete: 'protect', isResetByPut: true }),
    reference('cluster', 'virtualization.cluster', { onDelete: 'protect', isResetByPut: true }),
    reference('device', 'dcim.device', { onDelete: 'protect', isResetByPut: true }),
    reference('platform', 'dcim.platform'),
    primary('primary_ip4'),
    primary('primary_ip6'),
    { name: 'vcpus', kind: 'decimal', nullable: true, min: 0.01 },
    integer('memory', { min: 0 }),
    integer('disk', { min: 0 }),
    description,
    text('serial', 50),
    reference('tenant', 'tenancy.tenant', { onDelete: 'protect', isResetByPut: true }),
    comments,
    { name: 'local_context_data', kind: 'json', nullable: true }
  ],
  computed: [
    primaryIp,
    constant('owner', null),
    constant('config_template', null),
    countOf('interface_count', 'virtualization.vminterface', 'virtual_machine'),
    countOf('virtual_disk_count', 'virtualization.virtualdisk', 'virtual_machine'),
    { name: 'config_context', value: (row) => row.local_context_data ?? {} }
  ],
  nested: ['name', 'description'],
  ordering: ['name'],
  search: ['name', 'comments', 'description', 'serial'],
  unique: [
    {
      key: (row) =>
        row.cluster !== null && row.tenant !== null
          ? keyed(lowerName(row), row.cluster, row.tenant)
          : undefined,
      message: 'Virtual machine name must be unique per cluster and tenant.'
    },
    {
      key: (row) =>
        row.cluster !== null && row.tenant === null
          ? keyed(lowerName(row), row.cluster)
          : undefined,
      message: 'Virtual machine name must be unique per cluster and tenant.'
    },
    {
      since: 6,
      key: (row, minor: Minor) =>
        minor >= 6 && row.cluster === null && row.device !== null
          ? keyed(lowerName(row), row.device, row.tenant)
          : undefined,
      message: 'Virtual machine name must be unique per device and tenant.'
    }
  ],
  filters: {
    // The name is compared without case, unlike everywhere else.
    name: { match: (row, value) => String(row.name).toLowerCase() === value.toLowerCase() },
    has_primary_ip: {
      match: (row, value) =>
        (row.primary_ip4 !== null || row.primary_ip6 !== null) === (value.toLowerCase() === 'true')
    }
  },
  display: nameOf,
  clean: (draft, before, rules) => {
    checkContextData(draft, rules)
    if (Object.keys(rules.errors).length > 0) return
    checkPlacement(draft, rules)
    if (Object.keys(rules.errors).length > 0) return
    if (before) checkDisk(draft, before, rules)
    if (Object.keys(rules.errors).length > 0) return
    checkPrimary(draft, before, { model: VM, called: 'VM' }, rules)
  },
  fill: (draft, before, { store }) => {
    draft.site ??= store.get('virtualization.cluster', draft.cluster)?._site ?? null
    draft.site ??= store.get('dcim.device', draft.device)?.site ?? null
    const type = store.get('virtualization.virtualmachinetype', draft.virtual_machine_type)
    if (before || !type) return
    draft.platform ??= type.default_platform
    draft.vcpus ??= type.default_vcpus
    draft.memory ??= type.default_memory
  }
}

function checkPlacement(draft: Draft, { store, minor, errors }: Rules): void {
  const cluster = store.get('virtualization.cluster', draft.cluster)
  const device = store.get('dcim.device', draft.device)
  const site = store.get('dcim.site', draft.site)
  const say = (field: string, message: string) => addError(errors, field, message)
  if (!site && !cluster && (!device || minor < 6)) {
    say(
      '__all__',
      minor < 6
        ? 'A virtual machine must be assigned to a site and/or cluster.'
        : 'A virtual machine must be assigned to a site, cluster, or device.'
    )
  } else if (cluster && site && cluster._site !== null && cluster._site !== site.id) {
    say(
      'cluster',
      `The selected cluster (${cluster.name}) is not assigned to this site (${site.name}).`
    )
  } else if (device && site && device.site !== site.id) {
    say('site', `The selected device (${device.name}) is not assigned to this site (${site.name}).`)
  } else if (device && !cluster && minor < 6) {
    say('device', 'Must specify a cluster when assigning a host device.')
  } else if (device && !cluster && device.cluster !== null) {
    const owner = nameOf(store.get('virtualization.cluster', device.cluster))
    say(
      'cluster',
      `Must specify the assigned device's cluster (${owner}) when assigning host device ${device.name}.`
    )
  } else if (device && cluster && device.cluster !== cluster.id) {
    say(
      'device',
      `The selected device (${device.name}) is not assigned to this cluster (${cluster.name}).`
    )
  }
}

/** The sum of a VM's virtual disks; 0 without any. */
export function diskSum(vm: number, { store }: Pick<Context, 'store'>): number {
  return store
    .where('virtualization.virtualdisk', 'virtual_machine', vm)
    .reduce((sum, { size }) => sum + Number(size), 0)
}

function checkDisk(draft: Draft, before: Row, rules: Rules): void {
  const total = diskSum(before.id, rules)
  if (total === 0) return
  // A null is filled in while NetBox validates; one that the request brings is set again after that.
  if (draft.disk === null && before.disk === null) draft.disk = total
  else if (draft.disk !== null && draft.disk !== total) {
    addError(
      rules.errors,
      'disk',
      `The specified disk size (${draft.disk}) must match the aggregate size of assigned virtual disks (${total}).`
    )
  }
}

export const virtualMachines: readonly Model[] = [virtualMachineType, virtualMachine]

/** Also for devices: config context data is an object or nothing. */
export function checkContextData(draft: Draft, { errors }: Rules): void {
  if (draft.local_context_data === null || isRecord(draft.local_context_data)) return
  const text = 'JSON data must be in object form. Example: {"foo": 123}'
  addError(errors, 'local_context_data', text)
}
