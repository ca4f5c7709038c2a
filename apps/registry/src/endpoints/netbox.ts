import { type NetBoxConnection, type NetBoxEndpoint, netboxEndpointWrite } from '@proxbox/contracts'
import { FieldErrors } from '@proxbox/service-kit'
import type { netboxEndpoints } from '../db/schema.ts'
import type { Vault } from '../secrets/vault.ts'
import { baseUrlOf, checkAddress, isSubnet } from './address.ts'
import { checkCertificate } from './certificate.ts'
import { choice, columnsFrom } from './columns.ts'
import { type NetBoxCredential, netboxTokenFrom } from './credentials.ts'
import { policiesFrom } from './policies.ts'
import { type Links, recordOf } from './record-of.ts'

export type NetBoxRow = typeof netboxEndpoints.$inferSelect
type Columns = Partial<typeof netboxEndpoints.$inferInsert>
type Body = Readonly<Record<string, unknown>>

const purpose = 'netbox.token'
const credential = ['token', 'token_secret', 'token_key', 'token_version']
const plain = Object.keys(netboxEndpointWrite).filter((name) => !credential.includes(name))
const defaults = {
  domain: '',
  ipAddress: null,
  tokenSealed: null,
  primaryIpPolicy: 'when-unset',
  primaryIpSubnet: null
}

/**
 * Pure: the columns that a validated body changes.
 *
 * @throws FieldErrors when address or token would be incomplete afterwards, or a policy fits no field.
 */
export function netboxColumns(body: Body, stored: NetBoxRow | undefined, vault: Vault): Columns {
  const columns = columnsFrom(body, plain) as Columns // names of the write schema, which the table's columns mirror
  const token = netboxTokenFrom(body as NetBoxCredential, stored) // validated by the route's schema
  if (token !== undefined)
    Object.assign(columns, {
      tokenVersion: token.version,
      tokenKey: token.key,
      tokenSealed: vault.seal(token.secret, purpose)
    })
  if (body.policies !== undefined) columns.policies = policiesFrom(body.policies)
  const after = { ...defaults, ...stored, ...columns }
  checkAddress(after)
  checkCertificate(columns.caCertificate)
  // What was found and decided was about the server at the old address.
  if (stored !== undefined && isElsewhere(stored, after))
    Object.assign(columns, { foundTags: [], ignoredTags: [] })
  if (typeof after.tokenSealed !== 'string')
    throw new FieldErrors({
      token: ['Give a token: v1 as token, v2 as token_key and token_secret, or whole as token.']
    })
  checkSubnet(after.primaryIpPolicy, after.primaryIpSubnet ?? '')
  return columns
}

/** Pure: another address, of what may be another server. */
export const isElsewhere = (before: NetBoxRow, after: Columns): boolean =>
  before.domain !== after.domain ||
  before.ipAddress !== after.ipAddress ||
  before.port !== after.port

function checkSubnet(policy: string | undefined, subnet: string): void {
  if (subnet === '' ? policy !== 'prefer-subnet' : isSubnet(subnet)) return
  const text =
    subnet === ''
      ? 'prefer-subnet needs a subnet, such as 10.0.0.0/8.'
      : `"${subnet}" is no subnet: write it like 10.0.0.0/8.`
  throw new FieldErrors({ primary_ip_subnet: [text] })
}

/** Pure: what an answer shows; the token's value is never served. */
export function netboxWire(row: NetBoxRow, links: Links): NetBoxEndpoint {
  const version = choice(row.tokenVersion) as NetBoxEndpoint['token_version'] // written by us only
  return {
    ...recordOf(row, links),
    use_https: row.useHttps,
    verify_ssl: row.verifySsl,
    ca_certificate: row.caCertificate,
    fingerprint_sha256: row.fingerprintSha256,
    token_version: version,
    token_key: row.tokenKey,
    effective_token_version: row.tokenSealed === null ? null : version,
    timeout: row.timeout,
    enabled: row.enabled,
    write_mode: choice(row.writeMode) as NetBoxEndpoint['write_mode'], // as above
    ram_base: row.ramBase,
    disk_base: row.diskBase,
    primary_ip_policy: choice(row.primaryIpPolicy) as NetBoxEndpoint['primary_ip_policy'],
    primary_ip_subnet: row.primaryIpSubnet, // as above
    pin_to_node: row.pinToNode,
    missing_policy: choice(row.missingPolicy) as NetBoxEndpoint['missing_policy'], // as above
    rebuilt_policy: choice(row.rebuiltPolicy) as NetBoxEndpoint['rebuilt_policy'], // as above
    create_default_site: row.createDefaultSite,
    vlan_create: row.vlanCreate,
    platform_create: row.platformCreate,
    policies: row.policies,
    write_timeout: row.writeTimeout
  }
}

/** Address and token in the open, for the collector alone; it crosses the bus sealed. */
export function netboxConnection(row: NetBoxRow, vault: Vault): NetBoxConnection {
  const secret = vault.open(row.tokenSealed ?? '', purpose)
  return {
    id: row.id,
    name: row.name,
    base_url: baseUrlOf(row),
    token: row.tokenVersion === 'v2' ? `nbt_${row.tokenKey}.${secret}` : secret,
    verify_ssl: row.verifySsl,
    ca_certificate: row.caCertificate,
    fingerprint_sha256: row.fingerprintSha256,
    timeout: row.timeout,
    write_timeout: row.writeTimeout,
    write_mode: row.writeMode as NetBoxConnection['write_mode'], // written by us only
    ram_base: row.ramBase,
    disk_base: row.diskBase,
    primary_ip_policy: row.primaryIpPolicy as NetBoxConnection['primary_ip_policy'], // as above
    primary_ip_subnet: row.primaryIpSubnet,
    pin_to_node: row.pinToNode,
    missing_policy: row.missingPolicy as NetBoxConnection['missing_policy'],
    rebuilt_policy: row.rebuiltPolicy as NetBoxConnection['rebuilt_policy'], // as above
    create_default_site: row.createDefaultSite,
    vlan_create: row.vlanCreate,
    platform_create: row.platformCreate,
    policies: row.policies
  }
}
