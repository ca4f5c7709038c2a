import { choice, description, initially, ref, seen, set, tags, text } from './fields.ts'
import type { KindRows } from './kind-spec.ts'

/** What an interface of a device or of a guest can carry. */
export const addressKinds = {
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
      status: initially('active', choice('fill')),
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
} satisfies KindRows
