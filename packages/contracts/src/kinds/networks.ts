import { choice, flag, initially, integer, named, ref, tags, text } from './fields.ts'
import type { KindRows } from './kind-spec.ts'

/** What addresses and interfaces lie in. */
export const networkKinds = {
  vrf: {
    path: 'ipam/vrfs/',
    model: 'ipam.vrf',
    hasTags: true,
    hasCustomFields: true,
    natural: ['name'],
    readOnly: true,
    fields: { name: text('fill', 100), enforce_unique: flag('fill') }
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
        refs: ['site', 'location', 'region', 'site-group', 'cluster']
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
      status: initially('active', choice('fill')),
      tags
    }
  }
} satisfies KindRows
