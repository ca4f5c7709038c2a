import { type ProxmoxEndpoint, proxmoxEndpointWrite } from '@proxbox/contracts'
import type { proxmoxEndpoints } from '../db/schema.ts'
import { sealedOrNull, type Vault } from '../secrets/vault.ts'
import { checkAddress, hostOf } from './address.ts'
import { checkCertificate } from './certificate.ts'
import { choice, columnsFrom } from './columns.ts'
import {
  checkProxmoxCredential,
  type ProxmoxCredential,
  proxmoxCredentialFrom
} from './credentials.ts'
import { type Links, recordOf } from './record-of.ts'

export type ProxmoxRow = typeof proxmoxEndpoints.$inferSelect
type Columns = Partial<typeof proxmoxEndpoints.$inferInsert>
type Body = Readonly<Record<string, unknown>>

const sealPurpose = { password: 'proxmox.password', token: 'proxmox.token' } as const
const sealed = ['password', 'token_value']
const plain = Object.keys(proxmoxEndpointWrite).filter((name) => !sealed.includes(name))
const defaults = {
  username: 'root@pam',
  tokenName: '',
  domain: '',
  ipAddress: null,
  passwordSealed: null,
  tokenValueSealed: null
}

/**
 * Pure: the columns that a validated body changes. An empty password or token_value removes the stored one.
 *
 * @throws FieldErrors when address or credential would be incomplete afterwards.
 */
export function proxmoxColumns(body: Body, stored: ProxmoxRow | undefined, vault: Vault): Columns {
  const given: Body = { ...body, ...proxmoxCredentialFrom(body as ProxmoxCredential) } // validated by the route's schema
  const columns = columnsFrom(given, plain) as Columns // names of the write schema, which the table's columns mirror
  if (given.password !== undefined)
    columns.passwordSealed = sealedOrNull(vault, given.password, sealPurpose.password)
  if (given.token_value !== undefined)
    columns.tokenValueSealed = sealedOrNull(vault, given.token_value, sealPurpose.token)
  const after = { ...defaults, ...stored, ...columns }
  checkAddress(after)
  checkCertificate(columns.caCertificate)
  checkProxmoxCredential({
    username: after.username ?? defaults.username,
    tokenName: after.tokenName ?? '',
    hasPassword: typeof after.passwordSealed === 'string',
    hasTokenValue: typeof after.tokenValueSealed === 'string'
  })
  return columns
}

/** Pure: what an answer shows; credentials only as "there is one". */
export function proxmoxWire(row: ProxmoxRow, links: Links): ProxmoxEndpoint {
  return {
    ...recordOf(row, links),
    mode: row.mode === null ? null : (choice(row.mode) as ProxmoxEndpoint['mode']), // written by us only
    version: row.version,
    username: row.username,
    token_name: row.tokenName,
    has_password: row.passwordSealed !== null,
    has_token: row.tokenValueSealed !== null,
    verify_ssl: row.verifySsl,
    ca_certificate: row.caCertificate,
    fingerprint_sha256: row.fingerprintSha256,
    enabled: row.enabled,
    ...readingOf(row)
  }
}

/** Pure: how it is read, and where what is read goes. */
const readingOf = (row: ProxmoxRow) => ({
  site: row.site,
  tenant: row.tenant,
  netbox_cluster: row.netboxCluster,
  notes: row.notes,
  link_base: row.linkBase,
  timeout: row.timeout,
  fetch_max_concurrency: row.fetchMaxConcurrency
})

/** Address and credential in the open, for the collector alone; it crosses the bus sealed. */
export function proxmoxConnection(row: ProxmoxRow, vault: Vault) {
  return {
    id: row.id,
    name: row.name,
    host: hostOf(row),
    port: row.port,
    username: row.username,
    ...(row.passwordSealed === null
      ? {}
      : { password: vault.open(row.passwordSealed, sealPurpose.password) }),
    ...(row.tokenValueSealed === null
      ? {}
      : {
          token_name: row.tokenName,
          token_value: vault.open(row.tokenValueSealed, sealPurpose.token)
        }),
    verify_ssl: row.verifySsl,
    ca_certificate: row.caCertificate,
    fingerprint_sha256: row.fingerprintSha256,
    ...readingOf(row)
  }
}
