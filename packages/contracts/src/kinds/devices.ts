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

/** Nodes of Proxmox, and their interfaces. */
export const deviceKinds = {
  device: {
    path: 'dcim/devices/',
    model: 'dcim.device',
    hasTags: true,
    hasCustomFields: true,
    natural: ['name', 'site'],
    fields: {
      name: text('merge', 64),
      device_type: ref('merge', 'device-type'),
      role: ref('merge', 'device-role'),
      site: ref('merge', 'site'),
      tenant: ref('merge', 'tenant'),
      cluster: ref('merge', 'cluster'),
      status: initially('active', choice('fill')),
      // Never sent: no call of Proxmox VE tells a node's serial number (proxmox-ve 7.4 to 9.2).
      serial: text('fill', 50),
      comments: text('fill'),
      description,
      primary_ip4: late(ref('merge', 'ip-address')),
      primary_ip6: late(ref('merge', 'ip-address')),
      tags
    }
  },
  interface: {
    path: 'dcim/interfaces/',
    model: 'dcim.interface',
    parent: 'device',
    hasTags: true,
    hasCustomFields: true,
    natural: ['device', 'name'],
    fields: {
      device: ref('own', 'device'),
      name: text('merge', 64),
      type: choice('fill'),
      enabled: initially(true, flag('source')),
      mtu: integer('source'),
      parent: late(ref('merge', 'interface')),
      bridge: late(ref('merge', 'interface')),
      lag: late(ref('merge', 'interface')),
      mode: choice('source'),
      untagged_vlan: ref('source', 'vlan'),
      tagged_vlans: set('source', 'vlan'),
      description,
      primary_mac_address: late(ref('own', 'mac-address')),
      cable: seen(ref('fill')),
      mgmt_only: seen(initially(false, flag('fill'))),
      count_fhrp_groups: seen(initially(0, integer('fill'))),
      tags
    }
  }
} satisfies KindRows
