import {
  choice,
  description,
  flag,
  initially,
  integer,
  late,
  ref,
  seen,
  set,
  tags,
  text
} from './fields.ts'
import type { KindRows } from './kind-spec.ts'

/** Guests of Proxmox, and what hangs on them alone. */
export const guestKinds = {
  vm: {
    path: 'virtualization/virtual-machines/',
    model: 'virtualization.virtualmachine',
    hasTags: true,
    hasCustomFields: true,
    natural: ['cluster', 'name'],
    fields: {
      name: text('merge', 64),
      status: initially('active', choice('source')),
      cluster: ref('source', 'cluster'),
      device: ref('source', 'device'),
      site: ref('merge', 'site'),
      vcpus: { type: 'decimal', policy: 'source' },
      memory: integer('source'),
      // The sum of its disks.
      disk: { ...integer('fill'), computed: true },
      role: ref('merge', 'device-role'),
      virtual_machine_type: ref('merge', 'vm-type'),
      platform: ref('merge', 'platform'),
      tenant: ref('merge', 'tenant'),
      start_on_boot: initially('off', choice('source')),
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
      enabled: initially(true, flag('source')),
      mtu: integer('source'),
      mode: choice('source'),
      untagged_vlan: ref('source', 'vlan'),
      tagged_vlans: set('source', 'vlan'),
      description,
      vrf: ref('merge', 'vrf'),
      primary_mac_address: late(ref('own', 'mac-address')),
      count_fhrp_groups: seen(initially(0, integer('fill'))),
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
  }
} satisfies KindRows
