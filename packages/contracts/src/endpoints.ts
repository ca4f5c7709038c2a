import Type, { type Static, type TProperties } from 'typebox'
import { policyNames } from './kinds/kind-spec.ts'
import { nullable } from './nullable.ts'

/** Endpoints: the address of a Proxmox, a NetBox or a sync backend, with its credential. Secrets are write-only. */
export const endpointKinds = ['proxmox', 'netbox', 'fastapi'] as const
export type EndpointKind = (typeof endpointKinds)[number]

const port = Type.Integer({ minimum: 1, maximum: 65535 })
const name = Type.String({ minLength: 1, maxLength: 100 })
const domain = Type.String({
  maxLength: 255,
  pattern: '^$|^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?$',
  description: 'a host name without scheme, port and path, as in netbox.example.org'
})
const ipAddress = nullable(Type.String({ maxLength: 64 }))
const pem = Type.String({ maxLength: 65536 })
const fingerprint = Type.String({
  maxLength: 95,
  pattern: '^$|^([0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$',
  description: 'a SHA-256 as 32 pairs of hexadecimal digits, as in AB:CD:…'
})
const secret = Type.String({ maxLength: 255, writeOnly: true })
const slug = Type.String({
  maxLength: 100,
  pattern: '^[-a-zA-Z0-9_]*$',
  description: 'a slug of NetBox: letters, digits, hyphens, underscores'
})
const timeout = Type.Integer({ minimum: 1, maximum: 600, description: 'seconds' })

/** A choice reads as value and label, and is written as the value (NetBox's convention). */
export const choiceOf = (values: readonly string[]) =>
  Type.Object({ value: Type.Enum([...values]), label: Type.String() })

const address = { name, domain: Type.Optional(domain), ip_address: Type.Optional(ipAddress) }
const trust = {
  verify_ssl: Type.Optional(Type.Boolean()),
  ca_certificate: Type.Optional(pem),
  fingerprint_sha256: Type.Optional(fingerprint)
}

export const proxmoxEndpointWrite = {
  ...address,
  port: Type.Optional(port),
  username: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: 'user@realm' })),
  password: Type.Optional(secret),
  token_name: Type.Optional(
    Type.String({
      maxLength: 100,
      description: 'the token name, or a whole pasted user@realm!name=secret'
    })
  ),
  token_value: Type.Optional(secret),
  ...trust,
  enabled: Type.Optional(Type.Boolean()),
  site: Type.Optional(nullable(slug)),
  tenant: Type.Optional(nullable(slug)),
  netbox_cluster: Type.Optional(nullable(Type.String({ maxLength: 100 }))),
  notes: Type.Optional(Type.Boolean()),
  link_base: Type.Optional(nullable(Type.String({ maxLength: 255 }))),
  timeout: Type.Optional(timeout),
  fetch_max_concurrency: Type.Optional(nullable(Type.Integer({ minimum: 1, maximum: 64 })))
} satisfies TProperties

/** Who owns which field, where it is not as by default: `vm.name` → `source`, `device.cf.rack_note` → `fill`. */
const policies = Type.Record(
  Type.String({ pattern: '^[a-z-]+\\.[a-z0-9_.]+$' }),
  Type.Enum([...policyNames])
)

export const writeModes = ['plan', 'budget', 'off'] as const
export const netboxEndpointWrite = {
  ...address,
  port: Type.Optional(port),
  use_https: Type.Optional(Type.Boolean()),
  ...trust,
  token_version: Type.Optional(Type.Enum(['v1', 'v2'])),
  token: Type.Optional(secret),
  token_key: Type.Optional(
    Type.String({ maxLength: 16, description: '12 characters; nbt_ may stand before them' })
  ),
  token_secret: Type.Optional(secret),
  timeout: Type.Optional(timeout),
  enabled: Type.Optional(Type.Boolean()),
  write_mode: Type.Optional(Type.Enum([...writeModes])),
  ram_base: Type.Optional(Type.Enum([1000, 1024])),
  disk_base: Type.Optional(Type.Enum([1000, 1024])),
  primary_ip_policy: Type.Optional(Type.Enum(['when-unset', 'always', 'never', 'prefer-subnet'])),
  primary_ip_subnet: Type.Optional(nullable(Type.String({ maxLength: 64 }))),
  pin_to_node: Type.Optional(Type.Boolean()),
  missing_policy: Type.Optional(Type.Enum(['keep', 'delete'])),
  rebuilt_policy: Type.Optional(Type.Enum(['hold', 'follow'])),
  create_default_site: Type.Optional(Type.Boolean()),
  vlan_create: Type.Optional(Type.Boolean()),
  platform_create: Type.Optional(Type.Boolean()),
  policies: Type.Optional(policies),
  write_timeout: Type.Optional(Type.Integer({ minimum: 1, maximum: 3600, description: 'seconds' }))
} satisfies TProperties

export const fastapiEndpointWrite = {
  ...address,
  port: Type.Optional(port),
  use_https: Type.Optional(Type.Boolean()),
  verify_ssl: Type.Optional(Type.Boolean()),
  token: Type.Optional(secret),
  websocket_domain: Type.Optional(domain),
  websocket_port: Type.Optional(port),
  use_websocket: Type.Optional(Type.Boolean()),
  enabled: Type.Optional(Type.Boolean())
} satisfies TProperties

const record = {
  id: Type.Integer(),
  url: Type.String(),
  display_url: Type.String(),
  display: Type.String(),
  created: Type.String(),
  last_updated: Type.String()
}

/** How a Proxmox is read, and where what is read goes. */
const proxmoxReading = {
  site: nullable(Type.String()),
  tenant: nullable(Type.String()),
  netbox_cluster: nullable(Type.String()),
  notes: Type.Boolean(),
  link_base: nullable(Type.String()),
  timeout: Type.Integer(),
  fetch_max_concurrency: nullable(Type.Integer())
}

export const ProxmoxEndpoint = Type.Object({
  ...record,
  name,
  domain: Type.String(),
  ip_address: ipAddress,
  port,
  mode: nullable(choiceOf(['standalone', 'cluster'])),
  version: nullable(Type.String()),
  username: Type.String(),
  token_name: Type.String(),
  has_password: Type.Boolean(),
  has_token: Type.Boolean(),
  verify_ssl: Type.Boolean(),
  ca_certificate: Type.String(),
  fingerprint_sha256: Type.String(),
  enabled: Type.Boolean(),
  ...proxmoxReading
})
export type ProxmoxEndpoint = Static<typeof ProxmoxEndpoint>

export const NetBoxEndpoint = Type.Object({
  ...record,
  name,
  domain: Type.String(),
  ip_address: ipAddress,
  port,
  use_https: Type.Boolean(),
  verify_ssl: Type.Boolean(),
  ca_certificate: Type.String(),
  fingerprint_sha256: Type.String(),
  token_version: choiceOf(['v1', 'v2']),
  token_key: Type.String(),
  effective_token_version: nullable(choiceOf(['v1', 'v2'])),
  timeout: Type.Integer(),
  enabled: Type.Boolean(),
  write_mode: choiceOf(writeModes),
  ram_base: Type.Integer(),
  disk_base: Type.Integer(),
  primary_ip_policy: choiceOf(['when-unset', 'always', 'never', 'prefer-subnet']),
  primary_ip_subnet: nullable(Type.String()),
  pin_to_node: Type.Boolean(),
  missing_policy: choiceOf(['keep', 'delete']),
  rebuilt_policy: choiceOf(['hold', 'follow']),
  create_default_site: Type.Boolean(),
  vlan_create: Type.Boolean(),
  platform_create: Type.Boolean(),
  policies,
  write_timeout: Type.Integer()
})
export type NetBoxEndpoint = Static<typeof NetBoxEndpoint>

export const FastAPIEndpoint = Type.Object({
  ...record,
  name,
  domain: Type.String(),
  ip_address: ipAddress,
  port,
  use_https: Type.Boolean(),
  verify_ssl: Type.Boolean(),
  has_token: Type.Boolean(),
  websocket_domain: Type.String(),
  websocket_port: Type.Integer(),
  use_websocket: Type.Boolean(),
  enabled: Type.Boolean(),
  /** True for our own collector, which exists from the start. */
  built_in: Type.Boolean()
})
export type FastAPIEndpoint = Static<typeof FastAPIEndpoint>

/** ProxboxPluginSettings: one object. */
const settingsFields = {
  use_guest_agent_interface_name: Type.Boolean(),
  proxbox_fetch_max_concurrency: Type.Integer({ minimum: 1, maximum: 64 }),
  ignore_ipv6_link_local_addresses: Type.Boolean(),
  /** Which guest tags become NetBox tags: all, none, or those listed. */
  tags: Type.Union([Type.Enum(['all', 'none']), Type.Array(Type.String())], {
    description: 'all, none, or a list of tags of guests'
  }),
  /** `exclude` (default) or `include` template guests. */
  templates: Type.Enum(['exclude', 'include']),
  address_grace_days: Type.Integer({ minimum: 0, maximum: 3650 }),
  retire_after_days: Type.Integer({ minimum: 0, maximum: 3650 }),
  delete_budget_percent: Type.Integer({ minimum: 0, maximum: 50 }),
  delete_budget_minimum: Type.Integer({ minimum: 0, maximum: 1000 }),
  change_budget_percent: Type.Integer({ minimum: 0, maximum: 100 }),
  change_budget_minimum: Type.Integer({ minimum: 0, maximum: 1000 }),
  /** After so many days a Run that awaits approval is cancelled. */
  approval_expire_days: Type.Integer({ minimum: 1, maximum: 3650 }),
  task_retention_days: Type.Integer({ minimum: 1, maximum: 3650 }),
  /** So many days after its end a Run goes, with its Plan, its Changes and what could be undone by them. */
  run_retention_days: Type.Integer({ minimum: 1, maximum: 3650 })
} satisfies TProperties
export const Settings = Type.Object(settingsFields)
export type Settings = Static<typeof Settings>
export const SettingsWrite = Type.Partial(Settings, { additionalProperties: false })

export const defaultSettings: Settings = {
  use_guest_agent_interface_name: true,
  proxbox_fetch_max_concurrency: 8,
  ignore_ipv6_link_local_addresses: true,
  tags: 'all',
  templates: 'exclude',
  address_grace_days: 7,
  retire_after_days: 7,
  delete_budget_percent: 10,
  delete_budget_minimum: 3,
  change_budget_percent: 25,
  change_budget_minimum: 10,
  approval_expire_days: 7,
  task_retention_days: 365,
  run_retention_days: 90
}

/** What the collector needs to reach a Proxmox; `password` and `token_value` cross the bus sealed. */
export const ProxmoxConnection = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  host: Type.String(),
  port: Type.Integer(),
  username: Type.String(),
  password: Type.Optional(Type.String()),
  token_name: Type.Optional(Type.String()),
  token_value: Type.Optional(Type.String()),
  verify_ssl: Type.Boolean(),
  ca_certificate: Type.String(),
  fingerprint_sha256: Type.String(),
  ...proxmoxReading
})
export type ProxmoxConnection = Static<typeof ProxmoxConnection>

/** What the collector needs to reach a NetBox; `token` is whole (v1, or `nbt_key.secret`) and crosses the bus sealed. */
export const NetBoxConnection = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  base_url: Type.String(),
  token: Type.String(),
  verify_ssl: Type.Boolean(),
  ca_certificate: Type.String(),
  fingerprint_sha256: Type.String(),
  timeout: Type.Integer(),
  write_timeout: Type.Integer(),
  write_mode: Type.Enum([...writeModes]),
  ram_base: Type.Integer(),
  disk_base: Type.Integer(),
  primary_ip_policy: Type.Enum(['when-unset', 'always', 'never', 'prefer-subnet']),
  primary_ip_subnet: nullable(Type.String()),
  pin_to_node: Type.Boolean(),
  missing_policy: Type.Enum(['keep', 'delete']),
  rebuilt_policy: Type.Enum(['hold', 'follow']),
  create_default_site: Type.Boolean(),
  vlan_create: Type.Boolean(),
  platform_create: Type.Boolean(),
  policies
})
export type NetBoxConnection = Static<typeof NetBoxConnection>
