/**
 * The table of kinds: what NetBox calls them, their fields, limits, references, uniqueness and default policies
 * (NetBox REST 4.5 – 4.7 serializers; RECONCILE §3). Order of the table = order of creation; deletes go in reverse.
 */
export const kindNames = [
  'tag',
  'custom-field',
  'manufacturer',
  'device-type',
  'device-role',
  'cluster-type',
  'vm-type',
  'platform',
  'site',
  'tenant',
  'vrf',
  'prefix',
  'location',
  'region',
  'cluster',
  'vlan-group',
  'vlan',
  'device',
  'interface',
  'vm',
  'vm-interface',
  'mac-address',
  'disk',
  'ip-address',
  'fhrp-group'
] as const
export type KindName = (typeof kindNames)[number]

export const policyNames = ['source', 'merge', 'fill', 'own'] as const
export type Policy = (typeof policyNames)[number]

export interface FieldSpec {
  readonly type:
    | 'text'
    | 'integer'
    | 'decimal'
    | 'boolean'
    | 'choice'
    | 'list'
    | 'ref'
    | 'generic-ref'
    | 'set'
  readonly policy: Policy
  /** Longest text NetBox takes. */
  readonly maxLength?: number
  /** Kinds that a reference may point to. */
  readonly refs?: readonly KindName[]
  /** Sent after the object exists, because it refers to something made later. */
  readonly late?: boolean
  /** NetBox nulls it or refuses it after creation; sent on create only. */
  readonly createOnly?: boolean
  /** An empty text is `''` in NetBox, never null. */
  readonly blank?: '' | null
  /** Only read: it tells what others have built upon the object, and is never written. */
  readonly readOnly?: boolean
}

export interface KindSpec {
  /** Path under `/api/`, with trailing slash. */
  readonly path: string
  /** `app.model`, as generic references and permissions spell it. */
  readonly model: string
  /** First NetBox minor version that has it. */
  readonly since?: string
  readonly fields: Readonly<Record<string, FieldSpec>>
  /** The field that holds the parent: deleting that deletes this (NetBox cascades). */
  readonly parent?: string
  readonly hasTags: boolean
  readonly hasCustomFields: boolean
  /** Fields by which a person would find it: the natural name. */
  readonly natural: readonly string[]
  /** Kinds whose creation NetBox serialises behind one global lock (`available-ips`): one lane only. */
  readonly lane?: 'single'
  /** Only read and referred to, never written. */
  readonly readOnly?: boolean
}

const text = (policy: Policy, maxLength?: number): FieldSpec => ({
  type: 'text',
  policy,
  blank: '',
  ...(maxLength === undefined ? {} : { maxLength })
})
const integer = (policy: Policy): FieldSpec => ({ type: 'integer', policy })
const flag = (policy: Policy): FieldSpec => ({ type: 'boolean', policy })
const choice = (policy: Policy): FieldSpec => ({ type: 'choice', policy })
const ref = (policy: Policy, ...refs: KindName[]): FieldSpec => ({ type: 'ref', policy, refs })
const late = (spec: FieldSpec): FieldSpec => ({ ...spec, late: true })
const set = (policy: Policy, ...refs: KindName[]): FieldSpec => ({ type: 'set', policy, refs })
const seen = (spec: FieldSpec): FieldSpec => ({ ...spec, readOnly: true })
const tags = set('merge', 'tag')
const description = text('merge', 200)

const named = { name: text('fill', 100), slug: text('fill', 100), description: text('fill', 200) }

export const kinds: Readonly<Record<KindName, KindSpec>> = {
  tag: {
    path: 'extras/tags/',
    model: 'extras.tag',
    hasTags: false,
    hasCustomFields: false,
    natural: ['slug'],
    fields: { ...named, color: text('fill', 6) }
  },
  'custom-field': {
    path: 'extras/custom-fields/',
    model: 'extras.customfield',
    hasTags: false,
    hasCustomFields: false,
    natural: ['name'],
    fields: {
      name: text('fill', 50),
      type: { ...choice('fill'), createOnly: true },
      label: text('fill', 50),
      group_name: text('fill', 50),
      description: text('fill', 200),
      object_types: { type: 'list', policy: 'merge' },
      ui_editable: choice('fill'),
      ui_visible: choice('fill'),
      search_weight: integer('fill'),
      filter_logic: choice('fill')
    }
  },
  manufacturer: {
    path: 'dcim/manufacturers/',
    model: 'dcim.manufacturer',
    hasTags: true,
    hasCustomFields: true,
    natural: ['slug'],
    fields: { ...named, tags }
  },
  'device-type': {
    path: 'dcim/device-types/',
    model: 'dcim.devicetype',
    hasTags: true,
    hasCustomFields: true,
    natural: ['slug', 'manufacturer'],
    fields: {
      model: text('fill', 100),
      slug: text('fill', 100),
      manufacturer: ref('fill', 'manufacturer'),
      u_height: { type: 'decimal', policy: 'fill' },
      tags
    }
  },
  'device-role': {
    path: 'dcim/device-roles/',
    model: 'dcim.devicerole',
    hasTags: true,
    hasCustomFields: true,
    natural: ['slug'],
    fields: { ...named, color: text('fill', 6), vm_role: flag('fill'), tags }
  },
  'cluster-type': {
    path: 'virtualization/cluster-types/',
    model: 'virtualization.clustertype',
    hasTags: true,
    hasCustomFields: true,
    natural: ['slug'],
    fields: { ...named, tags }
  },
  'vm-type': {
    path: 'virtualization/virtual-machine-types/',
    model: 'virtualization.virtualmachinetype',
    since: '4.6',
    hasTags: true,
    hasCustomFields: true,
    natural: ['slug'],
    fields: { ...named, tags }
  },
  platform: {
    path: 'dcim/platforms/',
    model: 'dcim.platform',
    hasTags: true,
    hasCustomFields: true,
    natural: ['slug'],
    fields: { ...named, tags }
  },
  site: {
    path: 'dcim/sites/',
    model: 'dcim.site',
    hasTags: true,
    hasCustomFields: true,
    natural: ['slug'],
    fields: { ...named, status: choice('fill'), region: ref('fill', 'region'), tags }
  },
  tenant: {
    path: 'tenancy/tenants/',
    model: 'tenancy.tenant',
    hasTags: true,
    hasCustomFields: true,
    natural: ['slug'],
    readOnly: true,
    fields: { ...named }
  },
  vrf: {
    path: 'ipam/vrfs/',
    model: 'ipam.vrf',
    hasTags: true,
    hasCustomFields: true,
    natural: ['name'],
    readOnly: true,
    fields: { name: text('fill', 100), enforce_unique: flag('fill') }
  },
  'vlan-group': {
    path: 'ipam/vlan-groups/',
    model: 'ipam.vlangroup',
    hasTags: true,
    hasCustomFields: true,
    natural: ['slug'],
    fields: {
      ...named,
      scope: {
        type: 'generic-ref',
        policy: 'fill',
        refs: ['site', 'location', 'region', 'cluster']
      },
      tags
    }
  },
  vlan: {
    path: 'ipam/vlans/',
    model: 'ipam.vlan',
    hasTags: true,
    hasCustomFields: true,
    natural: ['vid', 'group'],
    fields: {
      vid: integer('fill'),
      name: text('fill', 64),
      group: ref('fill', 'vlan-group'),
      site: ref('fill', 'site'),
      status: choice('fill'),
      tags
    }
  },
  prefix: {
    path: 'ipam/prefixes/',
    model: 'ipam.prefix',
    hasTags: true,
    hasCustomFields: true,
    natural: ['prefix', 'vrf'],
    readOnly: true,
    fields: {
      prefix: text('fill'),
      vrf: ref('fill', 'vrf'),
      scope: { type: 'generic-ref', policy: 'fill', refs: ['site', 'location', 'region'] }
    }
  },
  location: {
    path: 'dcim/locations/',
    model: 'dcim.location',
    hasTags: true,
    hasCustomFields: true,
    natural: ['slug'],
    readOnly: true,
    fields: { name: text('fill', 100), slug: text('fill', 100), site: ref('fill', 'site') }
  },
  region: {
    path: 'dcim/regions/',
    model: 'dcim.region',
    hasTags: true,
    hasCustomFields: true,
    natural: ['slug'],
    readOnly: true,
    fields: { name: text('fill', 100), slug: text('fill', 100) }
  },
  cluster: {
    path: 'virtualization/clusters/',
    model: 'virtualization.cluster',
    hasTags: true,
    hasCustomFields: true,
    natural: ['name', 'scope'],
    fields: {
      name: text('merge', 100),
      type: ref('merge', 'cluster-type'),
      status: choice('fill'),
      scope: { type: 'generic-ref', policy: 'merge', refs: ['site', 'location', 'region'] },
      tenant: ref('merge', 'tenant'),
      description,
      comments: text('merge'),
      tags
    }
  },
  device: {
    path: 'dcim/devices/',
    model: 'dcim.device',
    hasTags: true,
    hasCustomFields: true,
    natural: ['name', 'site'],
    fields: {
      name: text('merge', 64),
      device_type: ref('merge', 'device-type'),
      role: ref('merge', 'device-role'),
      site: ref('merge', 'site'),
      tenant: ref('merge', 'tenant'),
      cluster: ref('merge', 'cluster'),
      status: choice('fill'),
      serial: text('fill', 50),
      comments: text('fill'),
      description,
      primary_ip4: late(ref('merge', 'ip-address')),
      primary_ip6: late(ref('merge', 'ip-address')),
      tags
    }
  },
  interface: {
    path: 'dcim/interfaces/',
    model: 'dcim.interface',
    parent: 'device',
    hasTags: true,
    hasCustomFields: true,
    natural: ['device', 'name'],
    fields: {
      device: ref('own', 'device'),
      name: text('merge', 64),
      type: choice('fill'),
      enabled: flag('source'),
      mtu: integer('source'),
      parent: late(ref('merge', 'interface')),
      bridge: late(ref('merge', 'interface')),
      lag: late(ref('merge', 'interface')),
      mode: choice('source'),
      untagged_vlan: ref('source', 'vlan'),
      tagged_vlans: set('source', 'vlan'),
      description,
      primary_mac_address: late(ref('own', 'mac-address')),
      cable: seen(ref('fill')),
      count_fhrp_groups: seen(integer('fill')),
      tags
    }
  },
  vm: {
    path: 'virtualization/virtual-machines/',
    model: 'virtualization.virtualmachine',
    hasTags: true,
    hasCustomFields: true,
    natural: ['cluster', 'name'],
    fields: {
      name: text('merge', 64),
      status: choice('source'),
      cluster: ref('source', 'cluster'),
      device: ref('source', 'device'),
      site: ref('merge', 'site'),
      vcpus: { type: 'decimal', policy: 'source' },
      memory: integer('source'),
      disk: integer('fill'),
      role: ref('merge', 'device-role'),
      virtual_machine_type: ref('merge', 'vm-type'),
      platform: ref('merge', 'platform'),
      tenant: ref('merge', 'tenant'),
      start_on_boot: choice('source'),
      serial: text('fill', 50),
      description,
      comments: text('merge'),
      primary_ip4: late(ref('merge', 'ip-address')),
      primary_ip6: late(ref('merge', 'ip-address')),
      tags
    }
  },
  'vm-interface': {
    path: 'virtualization/interfaces/',
    model: 'virtualization.vminterface',
    parent: 'virtual_machine',
    hasTags: true,
    hasCustomFields: true,
    natural: ['virtual_machine', 'name'],
    fields: {
      virtual_machine: ref('own', 'vm'),
      name: text('merge', 64),
      enabled: flag('source'),
      mtu: integer('source'),
      mode: choice('source'),
      untagged_vlan: ref('source', 'vlan'),
      tagged_vlans: set('source', 'vlan'),
      description,
      vrf: ref('merge', 'vrf'),
      primary_mac_address: late(ref('own', 'mac-address')),
      count_fhrp_groups: seen(integer('fill')),
      tags
    }
  },
  'mac-address': {
    path: 'dcim/mac-addresses/',
    model: 'dcim.macaddress',
    parent: 'assigned_object',
    hasTags: true,
    hasCustomFields: true,
    natural: ['mac_address', 'assigned_object'],
    fields: {
      mac_address: text('own'),
      assigned_object: { type: 'generic-ref', policy: 'own', refs: ['interface', 'vm-interface'] },
      description: text('fill', 200),
      tags
    }
  },
  disk: {
    path: 'virtualization/virtual-disks/',
    model: 'virtualization.virtualdisk',
    parent: 'virtual_machine',
    hasTags: true,
    hasCustomFields: true,
    natural: ['virtual_machine', 'name'],
    fields: {
      virtual_machine: ref('own', 'vm'),
      name: text('own', 64),
      size: integer('own'),
      description: text('own', 200),
      tags
    }
  },
  'ip-address': {
    path: 'ipam/ip-addresses/',
    model: 'ipam.ipaddress',
    hasTags: true,
    hasCustomFields: true,
    natural: ['address', 'vrf'],
    lane: 'single',
    fields: {
      address: text('merge'),
      vrf: ref('merge', 'vrf'),
      status: choice('fill'),
      role: choice('fill'),
      dns_name: text('fill', 255),
      description,
      tenant: ref('merge', 'tenant'),
      assigned_object: {
        type: 'generic-ref',
        policy: 'merge',
        refs: ['interface', 'vm-interface', 'fhrp-group']
      },
      nat_inside: seen(ref('fill', 'ip-address')),
      nat_outside: seen(set('fill', 'ip-address')),
      tags
    }
  },
  'fhrp-group': {
    path: 'ipam/fhrp-groups/',
    model: 'ipam.fhrpgroup',
    hasTags: true,
    hasCustomFields: true,
    natural: ['id'],
    readOnly: true,
    fields: { name: text('fill', 100) }
  }
}

/** Custom fields are `own`: they exist only through us. */
export const customFieldPolicy: Policy = 'own'

/** Pure: the spec of a field, custom fields included; undefined for a name that the kind does not have. */
export function fieldSpec(kind: KindName, field: string): FieldSpec | undefined {
  if (field.startsWith('cf.')) return { type: 'text', policy: customFieldPolicy, blank: null }
  return kinds[kind].fields[field]
}

/** Pure: the kind of a NetBox model name (`virtualization.vminterface`). */
export function kindOfModel(model: string): KindName | undefined {
  return kindNames.find((name) => kinds[name].model === model)
}

/** Pure: does this NetBox version (`4.7.3`) have what began with minor `since`? */
export function versionHas(version: string, since: string | undefined): boolean {
  if (since === undefined) return true
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [wantMajor = 0, wantMinor = 0] = since.split('.').map(Number)
  return major > wantMajor || (major === wantMajor && minor >= wantMinor)
}
