import { keyed } from '../engine/keyed.ts'
import type { Model } from '../engine/model.ts'
import {
  choice,
  comments,
  constant,
  constants,
  countOf,
  description,
  reference,
  requiredReference,
  requiredText,
  slug,
  text
} from './fields.ts'
import { nameOf } from './rules.ts'
import { simple } from './simple.ts'

const SITE_STATUS = ['planned', 'staging', 'active', 'decommissioning', 'retired']

/** What sites lie in: one within another, each with the count of its sites. */
const around = (
  { key, path, className, verbose }: Pick<Model, 'key' | 'path' | 'className' | 'verbose'>,
  field: string
): Model =>
  simple({
    ...{ key, path, className, verbose },
    fields: [reference('parent', key, { onDelete: 'cascade' })],
    computed: [
      countOf('site_count', 'dcim.site', field),
      constant('prefix_count', 0),
      constant('_depth', 0)
    ],
    more: { brief: ['name', 'slug', 'description', 'site_count', '_depth'] }
  })

const region = around(
  { key: 'dcim.region', path: '/dcim/regions/', className: 'Region', verbose: 'region' },
  'region'
)

const siteGroup = around(
  {
    ...{ key: 'dcim.sitegroup', path: '/dcim/site-groups/' },
    ...{ className: 'SiteGroup', verbose: 'site group' }
  },
  'group'
)

const site = simple({
  key: 'dcim.site',
  path: '/dcim/sites/',
  className: 'Site',
  verbose: 'site',
  fields: [
    choice('status', SITE_STATUS, { default: 'active' }),
    reference('region', 'dcim.region'),
    reference('group', 'dcim.sitegroup'),
    reference('tenant', 'tenancy.tenant', { onDelete: 'protect' }),
    text('facility', 50),
    text('physical_address', 200),
    text('shipping_address', 200)
  ],
  computed: [
    ...constants(null, ['time_zone', 'latitude', 'longitude']),
    constant('asns', []),
    ...constants(0, ['circuit_count', 'rack_count']),
    countOf('device_count', 'dcim.device', 'site'),
    {
      name: 'prefix_count',
      value: (row, { context }) =>
        context.store.ids('ipam.prefix', 'scope', `dcim.site\u0000${row.id}`).size
    },
    countOf('virtualmachine_count', 'virtualization.virtualmachine', 'site'),
    countOf('vlan_count', 'ipam.vlan', 'site')
  ]
})

const location: Model = {
  key: 'dcim.location',
  path: '/dcim/locations/',
  className: 'Location',
  verbose: 'location',
  tags: true,
  customFields: true,
  fields: [
    requiredText('name', 100),
    slug(),
    requiredReference('site', 'dcim.site', { onDelete: 'cascade' }),
    reference('parent', 'dcim.location', { onDelete: 'cascade' }),
    choice('status', SITE_STATUS, { default: 'active' }),
    reference('tenant', 'tenancy.tenant', { onDelete: 'protect' }),
    text('facility', 50),
    description,
    comments
  ],
  computed: [
    constant('owner', null),
    ...constants(0, ['rack_count', 'prefix_count', '_depth']),
    countOf('device_count', 'dcim.device', 'location')
  ],
  nested: ['name', 'slug', 'description'],
  brief: ['name', 'slug', 'description', 'rack_count', '_depth'],
  ordering: ['site', 'name'],
  unique: [
    {
      key: (row) => keyed(row.site, row.parent, row.name),
      message: 'A location with this name already exists within the specified site.'
    },
    {
      key: (row) => keyed(row.site, row.parent, row.slug),
      message: 'A location with this slug already exists within the specified site.'
    }
  ],
  display: nameOf
}

export const places: readonly Model[] = [region, siteGroup, site, location]
