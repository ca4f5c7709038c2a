import { keyed } from '../engine/keyed.ts'
import type { Model } from '../engine/model.ts'
import {
  comments,
  constant,
  constants,
  countOf,
  description,
  reference,
  requiredText,
  slug
} from './fields.ts'
import { simple } from './simple.ts'

const tenant: Model = {
  ...simple({
    key: 'tenancy.tenant',
    path: '/tenancy/tenants/',
    className: 'Tenant',
    verbose: 'tenant'
  }),
  fields: [
    requiredText('name', 100),
    slug(),
    reference('group', 'tenancy.tenantgroup', { isResetByPut: true }),
    description,
    comments
  ],
  computed: [
    constant('owner', null),
    ...constants(0, ['circuit_count', 'rack_count']),
    countOf('device_count', 'dcim.device', 'tenant'),
    countOf('ipaddress_count', 'ipam.ipaddress', 'tenant'),
    countOf('prefix_count', 'ipam.prefix', 'tenant'),
    countOf('site_count', 'dcim.site', 'tenant'),
    countOf('virtualmachine_count', 'virtualization.virtualmachine', 'tenant'),
    countOf('vlan_count', 'ipam.vlan', 'tenant'),
    countOf('vrf_count', 'ipam.vrf', 'tenant'),
    countOf('cluster_count', 'virtualization.cluster', 'tenant')
  ],
  unique: [
    {
      key: ({ group, name }) => keyed(group, name),
      message: 'Tenant name must be unique per group.'
    },
    {
      key: ({ group, slug: value }) => keyed(group, value),
      message: 'Tenant slug must be unique per group.'
    }
  ],
  indexes: { slug: (row) => String(row.slug), name: (row) => String(row.name) }
}

const tenantGroup = simple({
  key: 'tenancy.tenantgroup',
  path: '/tenancy/tenant-groups/',
  className: 'TenantGroup',
  verbose: 'tenant group',
  fields: [reference('parent', 'tenancy.tenantgroup', { onDelete: 'cascade' })],
  computed: [countOf('tenant_count', 'tenancy.tenant', 'group'), constant('_depth', 0)],
  more: { brief: ['name', 'slug', 'description', 'tenant_count', '_depth'] }
})

export const tenancy: readonly Model[] = [tenantGroup, tenant]
