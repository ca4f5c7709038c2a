/** Order = order of creation; deletes go in reverse. */
export const kindNames = [
  'tag',
  'custom-field',
  'manufacturer',
  'device-type',
  'device-role',
  'cluster-type',
  'vm-type',
  'platform',
  'site',
  'tenant',
  'vrf',
  'prefix',
  'location',
  'region',
  'cluster',
  'vlan-group',
  'vlan',
  'device',
  'interface',
  'vm',
  'vm-interface',
  'mac-address',
  'disk',
  'ip-address',
  'fhrp-group'
] as const
export type KindName = (typeof kindNames)[number]
