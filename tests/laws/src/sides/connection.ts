import type { NetBoxConnection } from '@proxbox/contracts'

/** A NetBox Endpoint as the registry tells it. */
export const connectionTo = (url: string, token: string): NetBoxConnection => ({
  id: 1,
  name: 'lab',
  base_url: url,
  token,
  verify_ssl: true,
  ca_certificate: '',
  fingerprint_sha256: '',
  timeout: 60,
  write_timeout: 100,
  write_mode: 'budget',
  ram_base: 1024,
  disk_base: 1024,
  primary_ip_policy: 'when-unset',
  primary_ip_subnet: null,
  pin_to_node: true,
  missing_policy: 'keep',
  rebuilt_policy: 'hold',
  create_default_site: false,
  vlan_create: true,
  platform_create: true,
  policies: {}
})
