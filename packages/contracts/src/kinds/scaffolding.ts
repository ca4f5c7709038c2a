import { flag, initially, named, ref, tags, text } from './fields.ts'
import type { KindRows } from './kind-spec.ts'

/** What devices and guests are described by: made once, few of each. */
export const scaffoldingKinds = {
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
      u_height: initially(1, { type: 'decimal', policy: 'fill' }),
      tags
    }
  },
  'device-role': {
    path: 'dcim/device-roles/',
    model: 'dcim.devicerole',
    hasTags: true,
    hasCustomFields: true,
    natural: ['slug'],
    fields: {
      ...named,
      color: initially('9e9e9e', text('fill', 6)),
      vm_role: initially(true, flag('fill')),
      tags
    }
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
  }
} satisfies KindRows
