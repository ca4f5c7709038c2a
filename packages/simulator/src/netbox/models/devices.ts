import { addError } from '../engine/errors.ts'
import { type Draft, keyed, type Model, type Row, type Rules } from '../engine/model.ts'
import {
  choice,
  comments,
  constant,
  constants,
  countOf,
  description,
  flag,
  generic,
  genericTarget,
  integer,
  reference,
  requiredReference,
  requiredText,
  text
} from './fields.ts'
import {
  addressing,
  checkInterface,
  checkMacInput,
  dropVlans,
  interfaceComputed,
  settleMacs
} from './interface-rules.ts'
import { INTERFACE_TYPES } from './interface-types.ts'
import { assignedFilters, checkGeneric, checkPrimary, nameOf } from './rules.ts'
import { NESTED_IP, primary, primaryIp } from './virtual-machine.ts'

const DEVICE = 'dcim.device'
const INTERFACE = 'dcim.interface'

const COUNTS = [
  'console_port',
  'console_server_port',
  'power_port',
  'power_outlet',
  'front_port',
  'rear_port',
  'device_bay',
  'module_bay',
  'inventory_item'
].map((part) => `${part}_count`)

const lowerName = (row: Draft) => String(row.name).toLowerCase()

const device: Model = {
  key: DEVICE,
  path: '/dcim/devices/',
  className: 'Device',
  verbose: 'device',
  tags: true,
  customFields: true,
  sequential: true,
  fields: [
    text('name', 64, { nullable: true }),
    requiredReference('device_type', 'dcim.devicetype'),
    requiredReference('role', 'dcim.devicerole'),
    reference('tenant', 'tenancy.tenant', { onDelete: 'protect' }),
    reference('platform', 'dcim.platform'),
    text('serial', 50),
    text('asset_tag', 50, { nullable: true, unique: true }),
    requiredReference('site', 'dcim.site'),
    reference('location', 'dcim.location', { onDelete: 'protect' }),
    choice(
      'status',
      ['offline', 'active', 'planned', 'staged', 'failed', 'inventory', 'decommissioning'],
      { default: 'active' }
    ),
    choice(
      'airflow',
      [['front-to-rear', 'Front to rear'], ['rear-to-front', 'Rear to front'], 'passive', 'mixed'],
      {
        nullable: true
      }
    ),
    primary('primary_ip4'),
    primary('primary_ip6'),
    reference('oob_ip', 'ipam.ipaddress', {
      onDelete: 'silent',
      unique: true,
      nestedAs: NESTED_IP
    }),
    reference('cluster', 'virtualization.cluster'),
    description,
    comments,
    { name: 'local_context_data', kind: 'json', nullable: true }
  ],
  computed: [
    primaryIp,
    ...constants(null, [
      'rack',
      'position',
      'face',
      'latitude',
      'longitude',
      'parent_device',
      'virtual_chassis',
      'vc_position',
      'vc_priority',
      'owner',
      'config_template'
    ]),
    constant('cooling_method', null, 7),
    { name: 'config_context', value: (row) => row.local_context_data ?? {} },
    ...constants(0, COUNTS),
    constant('cooling_intake_count', 0, 7),
    constant('cooling_outflow_count', 0, 7),
    countOf('interface_count', INTERFACE, 'device')
  ],
  nested: ['name', 'description'],
  ordering: ['name'],
  search: ['name', 'serial', 'asset_tag', 'description', 'comments'],
  unique: [
    {
      key: (row) =>
        row.name && row.tenant !== null ? keyed(lowerName(row), row.site, row.tenant) : undefined,
      message: 'Device name must be unique per site and tenant.'
    },
    {
      key: (row) => (row.name && row.tenant === null ? keyed(lowerName(row), row.site) : undefined),
      message: 'Device name must be unique per site and tenant.'
    }
  ],
  filters: {
    name: { match: (row, value) => String(row.name).toLowerCase() === value.toLowerCase() }
  },
  display: (row, { store }) => {
    if (row.name) return String(row.name)
    const type = store.get('dcim.devicetype', row.device_type)
    return `${nameOf(store.get('dcim.manufacturer', type?.manufacturer))} ${type?.model} (${row.id})`
  },
  prepare: (draft) => {
    if (draft.name === '') draft.name = null
    if (draft.asset_tag === '') draft.asset_tag = null
  },
  clean: (draft, before, rules) => {
    checkDevice(draft, rules)
    if (Object.keys(rules.errors).length > 0) return
    checkPrimary(draft, before, { model: DEVICE, called: 'device' }, rules)
  }
}

function checkDevice(draft: Draft, { store, errors }: Rules): void {
  const place = store.get('dcim.location', draft.location)
  if (place && place.site !== draft.site) {
    const site = nameOf(store.get('dcim.site', draft.site))
    addError(errors, 'location', `Location ${place.name} does not belong to site ${site}.`)
    return
  }
  const platform = store.get('dcim.platform', draft.platform)
  const type = store.get('dcim.devicetype', draft.device_type)
  if (platform && platform.manufacturer !== null && platform.manufacturer !== type?.manufacturer) {
    const wanted = nameOf(store.get('dcim.manufacturer', platform.manufacturer))
    const actual = nameOf(store.get('dcim.manufacturer', type?.manufacturer))
    const text = `The assigned platform is limited to ${wanted} device types, but this device's type belongs to ${actual}.`
    addError(errors, 'platform', text)
    return
  }
  const cluster = store.get('virtualization.cluster', draft.cluster)
  if (!cluster || typeof cluster._site !== 'number' || cluster._site === draft.site) return
  const site = nameOf(store.get('dcim.site', cluster._site))
  addError(errors, 'cluster', `The assigned cluster belongs to a different site (${site})`)
}

function checkKind(draft: Draft, { store, errors, minor }: Rules): void {
  const parent = store.get(INTERFACE, draft.parent)
  const lag = store.get(INTERFACE, draft.lag)
  const say = (field: string, message: string) => addError(errors, field, message)
  if (parent && draft.type !== 'virtual') {
    say(
      'parent',
      minor >= 7
        ? 'Only virtual interfaces, or a channel subinterface with a channel ID assigned, may be assigned to a parent interface.'
        : 'Only virtual interfaces may be assigned to a parent interface.'
    )
  }
  if (lag && draft.type === 'virtual')
    say('lag', 'Virtual interfaces cannot have a parent LAG interface.')
  for (const [field, other] of [
    ['parent', parent],
    ['bridge', store.get(INTERFACE, draft.bridge)],
    ['lag', lag]
  ] as const) {
    if (!other || other.device === draft.device) continue
    const owner = nameOf(store.get(DEVICE, other.device))
    const called = field === 'lag' ? 'LAG' : field
    say(
      field,
      `The selected ${called} interface (${other.name}) belongs to a different device (${owner}).`
    )
  }
}

/** Stricter than a VM's interface: VLANs that the mode does not carry are refused. */
function checkVlans(draft: Draft, { store, errors }: Rules): void {
  const isTagging = draft.mode === 'tagged'
  const carriesUntagged = ['access', 'tagged', 'tagged-all'].includes(String(draft.mode))
  if (draft.untagged_vlan !== null && !carriesUntagged) {
    addError(errors, 'untagged_vlan', 'Interface mode does not support untagged vlan')
  }
  if (Array.isArray(draft.tagged_vlans) && draft.tagged_vlans.length > 0 && !isTagging) {
    addError(errors, 'tagged_vlans', 'Interface mode does not support tagged vlans')
  }
  const vlan = store.get('ipam.vlan', draft.untagged_vlan)
  if (!vlan || vlan.site === null || vlan.site === store.get(DEVICE, draft.device)?.site) return
  const text = `The untagged VLAN (${vlan.name} (${vlan.vid})) must belong to the same site as the interface's parent device, or it must be global.`
  addError(errors, 'untagged_vlan', text)
}

const CABLE = [
  'module',
  'rf_role',
  'rf_channel',
  'poe_mode',
  'poe_type',
  'rf_channel_frequency',
  'rf_channel_width',
  'tx_power',
  'vlan_translation_policy',
  'cable',
  'cable_end',
  'wireless_link',
  'link_peers_type',
  'l2vpn_termination',
  'connected_endpoints',
  'connected_endpoints_type',
  'owner'
]

const deviceInterface: Model = {
  key: INTERFACE,
  path: '/dcim/interfaces/',
  className: 'Interface',
  verbose: 'interface',
  tags: true,
  customFields: true,
  owns: ['dcim.macaddress', 'ipam.ipaddress'],
  fields: [
    requiredReference('device', DEVICE, { onDelete: 'cascade' }),
    requiredText('name', 64),
    text('label', 64),
    choice('type', INTERFACE_TYPES, { required: true }),
    flag('enabled', true),
    reference('parent', INTERFACE, { onDelete: 'protect' }),
    reference('bridge', INTERFACE),
    reference('lag', INTERFACE),
    integer('mtu', { min: 1, max: 65_536 }),
    integer('speed', { min: 0 }),
    choice('duplex', ['half', 'full', 'auto'], { nullable: true }),
    { name: 'wwn', kind: 'json', nullable: true },
    flag('mgmt_only', false),
    description,
    ...addressing,
    flag('mark_connected', false)
  ],
  computed: [
    ...interfaceComputed(INTERFACE),
    ...constants(null, CABLE),
    ...constants([], ['vdcs', 'bridge_interfaces', 'link_peers', 'wireless_lans']),
    ...constants(false, ['connected_endpoints_reachable', '_occupied']),
    constant('channels', null, 7),
    constant('channel_id', null, 7),
    constant('count_fhrp_groups', 0)
  ],
  nested: ['device', 'name', 'description', 'cable', '_occupied'],
  ordering: ['device', 'name'],
  search: ['name', 'label', 'description'],
  unique: [
    {
      key: (row) => keyed(row.device, row.name),
      message: 'Interface with this Device and Name already exists.'
    }
  ],
  display: nameOf,
  prepare: (draft, _before, rules) => checkVlans(draft, rules),
  clean: (draft, before, rules) => {
    checkMacInput(draft, before, rules)
    checkInterface(INTERFACE, draft, before, rules)
    checkKind(draft, rules)
  },
  fill: dropVlans,
  saved: (row, before, context) => settleMacs(INTERFACE, row, before, context)
}

const MAC = 'dcim.macaddress'

function isPrimary(row: Row, { store }: Pick<Rules, 'store'>): boolean {
  const { assigned_object_type: type, assigned_object_id: id } = row
  return typeof type === 'string' && store.get(type, id)?.primary_mac_address === row.id
}

const macAddress: Model = {
  key: MAC,
  path: '/dcim/mac-addresses/',
  className: 'MACAddress',
  verbose: 'MAC address',
  tags: true,
  customFields: true,
  fields: [
    { name: 'mac_address', kind: 'mac', required: true },
    ...generic('assigned_object', [INTERFACE, 'virtualization.vminterface']),
    description,
    comments
  ],
  computed: [
    genericTarget('assigned_object'),
    { name: 'is_primary', since: 7, value: (row, { context }) => isPrimary(row, context) },
    constant('owner', null)
  ],
  nested: ['mac_address', 'description'],
  ordering: ['mac_address'],
  search: ['mac_address', 'description'],
  indexes: { mac_address: (row) => String(row.mac_address) },
  filters: {
    ...assignedFilters(MAC),
    mac_address: {
      check: (value) =>
        /^([0-9a-f]{2}[:.-]?){6}$/i.test(value)
          ? undefined
          : `Invalid MAC address format: ${value}`,
      match: (row, value) =>
        String(row.mac_address).replaceAll(':', '') === value.replaceAll(/[:.-]/g, '').toUpperCase()
    },
    primary: {
      match: (row, value, context) => isPrimary(row, context) === (value.toLowerCase() === 'true')
    }
  },
  display: (row) => String(row.mac_address),
  prepare: (draft, _before, rules) => checkGeneric('assigned_object', draft, rules),
  clean: (draft, before, rules) => {
    if (!before || !isPrimary(before, rules)) return
    const isSame =
      draft.assigned_object_type === before.assigned_object_type &&
      draft.assigned_object_id === before.assigned_object_id
    if (isSame) return
    const verb = draft.assigned_object_id === null ? 'unassign' : 'reassign'
    const text = `Cannot ${verb} MAC Address while it is designated as the primary MAC for an object`
    addError(rules.errors, '__all__', text)
  }
}

export const devices: readonly Model[] = [device, deviceInterface, macAddress]
