import { keyed } from '../engine/keyed.ts'
import type { Model } from '../engine/model.ts'
import {
  COLOR,
  choice,
  comments,
  constant,
  constants,
  countOf,
  description,
  flag,
  reference,
  requiredReference,
  requiredText,
  slug,
  text
} from './fields.ts'
import { nameOf } from './rules.ts'
import { simple } from './simple.ts'

const manufacturer = simple({
  key: 'dcim.manufacturer',
  path: '/dcim/manufacturers/',
  className: 'Manufacturer',
  verbose: 'manufacturer',
  computed: [
    countOf('devicetype_count', 'dcim.devicetype', 'manufacturer'),
    ...constants(0, ['moduletype_count', 'inventoryitem_count']),
    countOf('platform_count', 'dcim.platform', 'manufacturer')
  ]
})

const TEMPLATES = [
  'console_port',
  'console_server_port',
  'power_port',
  'power_outlet',
  'interface',
  'front_port',
  'rear_port',
  'device_bay',
  'module_bay',
  'inventory_item'
].map((part) => `${part}_template_count`)

const deviceType: Model = {
  key: 'dcim.devicetype',
  path: '/dcim/device-types/',
  className: 'DeviceType',
  verbose: 'device type',
  tags: true,
  customFields: true,
  fields: [
    requiredReference('manufacturer', 'dcim.manufacturer'),
    reference('default_platform', 'dcim.platform'),
    requiredText('model', 100),
    slug(),
    text('part_number', 50),
    { name: 'u_height', kind: 'decimal', default: 1, min: 0 },
    flag('exclude_from_utilization', false),
    flag('is_full_depth', true),
    choice(
      'airflow',
      [['front-to-rear', 'Front to rear'], ['rear-to-front', 'Rear to front'], 'passive', 'mixed'],
      {
        nullable: true
      }
    ),
    description,
    comments
  ],
  computed: [
    ...constants(null, [
      'subdevice_role',
      'weight',
      'weight_unit',
      'front_image',
      'rear_image',
      'owner'
    ]),
    constant('cooling_method', null, 7),
    constant('end_of_life', null, 7),
    countOf('device_count', 'dcim.device', 'device_type'),
    ...constants(0, TEMPLATES),
    constant('cooling_intake_template_count', 0, 7),
    constant('cooling_outflow_template_count', 0, 7)
  ],
  nested: ['manufacturer', 'model', 'slug', 'description', 'device_count'],
  ordering: ['manufacturer', 'model'],
  search: ['model', 'part_number', 'comments'],
  unique: [
    {
      key: (row) => keyed(row.manufacturer, row.model),
      message: 'Device type with this Manufacturer and Model already exists.'
    },
    {
      key: (row) => keyed(row.manufacturer, row.slug),
      message: 'Device type with this Manufacturer and Slug already exists.'
    }
  ],
  display: (row) => String(row.model)
}

const ROLE_COUNTS = ['device_count', 'virtualmachine_count', '_depth']

/** What roles and platforms have alike: devices and VMs name them in `field`, and are counted. */
const describing = (field: string) =>
  ({
    computed: [
      ...constants(null, ['config_template', 'owner']),
      countOf('device_count', 'dcim.device', field),
      countOf('virtualmachine_count', 'virtualization.virtualmachine', field),
      constant('_depth', 0)
    ],
    nested: ['name', 'slug', 'description'],
    brief: ['name', 'slug', 'description', ...ROLE_COUNTS],
    zeros: ROLE_COUNTS,
    ordering: ['name'],
    indexes: { slug: (row) => String(row.slug), name: nameOf },
    display: nameOf
  }) satisfies Partial<Model>

const deviceRole: Model = {
  key: 'dcim.devicerole',
  path: '/dcim/device-roles/',
  className: 'DeviceRole',
  verbose: 'device role',
  tags: true,
  customFields: true,
  fields: [
    requiredText('name', 100),
    slug(),
    text('color', 6, { pattern: COLOR, blank: false, default: '9e9e9e' }),
    flag('vm_role', true),
    reference('parent', 'dcim.devicerole', { onDelete: 'cascade' }),
    description,
    comments
  ],
  ...describing('role'),
  unique: [
    {
      key: (row) => keyed(row.parent, row.name),
      message: 'A top-level device role with this name already exists.'
    },
    {
      key: (row) => keyed(row.parent, row.slug),
      message: 'A top-level device role with this slug already exists.'
    }
  ]
}

const platform: Model = {
  key: 'dcim.platform',
  path: '/dcim/platforms/',
  className: 'Platform',
  verbose: 'platform',
  tags: true,
  customFields: true,
  fields: [
    reference('parent', 'dcim.platform', { onDelete: 'cascade' }),
    requiredText('name', 100),
    slug(),
    reference('manufacturer', 'dcim.manufacturer', { onDelete: 'protect' }),
    description,
    comments
  ],
  ...describing('platform'),
  unique: [
    {
      key: (row) => keyed(row.manufacturer, row.name),
      message: 'Platform name must be unique.'
    },
    {
      key: (row) => keyed(row.manufacturer, row.slug),
      message: 'Platform slug must be unique.'
    }
  ]
}

export const hardware: readonly Model[] = [manufacturer, deviceType, deviceRole, platform]
