import { addError } from '../engine/errors.ts'
import { keyed } from '../engine/keyed.ts'
import type { Model, Rules } from '../engine/model.ts'
import type { Draft } from '../engine/row.ts'
import {
  choice,
  comments,
  constant,
  constants,
  countOf,
  description,
  reference,
  requiredReference,
  text
} from './fields.ts'
import { checkPrimary, nameOf } from './rules.ts'
import { checkContextData, NESTED_IP, primary, primaryIp } from './virtual-machine.ts'

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
    reference('tenant', 'tenancy.tenant', { onDelete: 'protect', isResetByPut: true }),
    reference('platform', 'dcim.platform'),
    text('serial', 50),
    text('asset_tag', 50, { nullable: true, unique: true }),
    requiredReference('site', 'dcim.site'),
    reference('location', 'dcim.location', { onDelete: 'protect', isResetByPut: true }),
    choice('face', ['front', 'rear'], { nullable: true, isResetByPut: true }),
    { name: 'position', kind: 'decimal', nullable: true, min: 0.5, isResetByPut: true },
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
    if (row.name) return row.asset_tag ? `${row.name} (${row.asset_tag})` : String(row.name)
    const type = store.get('dcim.devicetype', row.device_type)
    return `${nameOf(store.get('dcim.manufacturer', type?.manufacturer))} ${type?.model} (${row.id})`
  },
  prepare: (draft) => {
    if (draft.name === '') draft.name = null
    if (draft.asset_tag === '') draft.asset_tag = null
  },
  clean: (draft, before, rules) => {
    checkContextData(draft, rules)
    if (Object.keys(rules.errors).length > 0) return
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
  // There are no racks here, so nothing can have its place in one.
  for (const field of ['face', 'position']) {
    if (draft[field] === null) continue
    addError(errors, field, `Cannot select a rack ${field} without assigning a rack.`)
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

export const devices: readonly Model[] = [device]
