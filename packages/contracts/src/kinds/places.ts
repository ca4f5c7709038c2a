import { choice, description, initially, named, ref, tags, text } from './fields.ts'
import type { KindRows } from './kind-spec.ts'

/** Where devices and guests are, and whose. */
export const placeKinds = {
  site: {
    path: 'dcim/sites/',
    model: 'dcim.site',
    hasTags: true,
    hasCustomFields: true,
    natural: ['slug'],
    fields: {
      ...named,
      status: initially('active', choice('fill')),
      region: ref('fill', 'region'),
      group: ref('fill', 'site-group'),
      tags
    }
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
    fields: { name: text('fill', 100), slug: text('fill', 100), parent: ref('fill', 'region') }
  },
  'site-group': {
    path: 'dcim/site-groups/',
    model: 'dcim.sitegroup',
    hasTags: true,
    hasCustomFields: true,
    natural: ['slug'],
    readOnly: true,
    fields: { name: text('fill', 100), slug: text('fill', 100), parent: ref('fill', 'site-group') }
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
      status: initially('active', choice('fill')),
      scope: { type: 'generic-ref', policy: 'merge', refs: ['site', 'location', 'region'] },
      tenant: ref('merge', 'tenant'),
      description,
      comments: text('merge'),
      tags
    }
  }
} satisfies KindRows
