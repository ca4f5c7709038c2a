import {
  errorFacts,
  type KindName,
  kinds,
  ProxboxError,
  type TestFinding,
  type TestReply,
  versionHas
} from '@proxbox/contracts'
import { HttpTlsError } from '@proxbox/http'
import pLimit from 'p-limit'
import type { Static } from 'typebox'
import { deleteGrants } from './delete-grants.ts'
import { bodyOf } from './failure.ts'
import { permissionFor } from './forbidden.ts'
import { type NetBox, readFailure } from './open-netbox.ts'
import { readToken, type TokenFacts } from './read-token.ts'
import { readVersion } from './read-version.ts'
import { isObject } from './wire.ts'

export type NetBoxTest = Static<typeof TestReply>
type Finding = Static<typeof TestFinding>

// Certificates and token expiry are off by as much; Proxbox itself only reads differences.
const mostSkewMs = 60_000
const callsAtOnce = 4
// NetBox below serves, but its bulk writes cost several times more.
const quickSince = '4.5.2'

/** Reads, never writes: version, token, permissions on every kind, clock. What is wrong is a finding, not an error. */
export async function testNetBox(netbox: NetBox, signal: AbortSignal): Promise<NetBoxTest> {
  const { inside } = netbox
  try {
    const version = await readVersion(netbox, signal)
    const token = await readToken(inside, signal)
    const missing = await missingPermissions(netbox, version, signal)
    const grants = await deleteGrants(inside, token, signal)
    const findings = [
      ...versionFindings(version),
      ...tokenFindings(token, missing),
      ...permissionFindings(missing, token),
      ...grants.map((permission) => lacking(permission, 'warning')),
      ...clockFindings(inside.clockSkewMs)
    ]
    const faults = findings.filter(({ severity }) => severity === 'error')
    const detail = faults[0]?.detail ?? `NetBox ${version} answers and the token may write.`
    const status = faults.length === 0 ? 'success' : 'error'
    return { ...replyBase(netbox), status, version, detail, findings, ...open }
  } catch (error) {
    const failure = readFailure(inside, error, 'status/')
    if (!(failure instanceof ProxboxError)) throw failure
    return failedReply(netbox, failure)
  }
}

const open = { authentication: 'ok', api_access: 'ok', http_status: 200 } as const

function replyBase({ inside }: NetBox) {
  const { hostname, port, protocol } = new URL(inside.baseUrl)
  return {
    target_address: hostname,
    target_port: Number(port || (protocol === 'https:' ? 443 : 80)),
    fingerprint_sha256: null,
    ca_certificate: null
  }
}

const remedies: Partial<Record<ProxboxError['code'], string>> = {
  NETBOX_TLS:
    'Compare the fingerprint with the server, then store it: proxbox endpoint set netbox NAME fingerprint_sha256=…',
  NETBOX_UNREACHABLE:
    'Check domain, port, firewall and that NetBox runs; without HTTPS it needs use_https=false.',
  NETBOX_TIMEOUT: 'Check that NetBox is not overloaded, or raise the timeout of the Endpoint.',
  NETBOX_MAINTENANCE: 'Wait until the maintenance of NetBox is over.',
  NETBOX_CREDENTIAL:
    'Make a token in NetBox (Admin → API Tokens), enabled, not expired, without address limits that exclude Proxbox, and store it.',
  NETBOX_ANSWER:
    'Check that domain and port are those of NetBox itself, then look at its log and at the proxy before it.',
  NETBOX_PERMISSION: 'Grant the permission to the user of the token in NetBox.',
  NETBOX_TOO_OLD:
    'Upgrade NetBox to 4.5 or newer, best to 4.5.2: before it, writes are several times slower.'
}

function failedReply(netbox: NetBox, failure: ProxboxError): NetBoxTest {
  const { code, detail } = errorFacts(failure)
  const isRefused = code === 'NETBOX_CREDENTIAL'
  const wasReached = isRefused || code === 'NETBOX_TOO_OLD' || code === 'NETBOX_PERMISSION'
  const shown = failure.cause instanceof HttpTlsError ? failure.cause.fingerprintSha256 : undefined
  const remedy = remedies[failure.code] ?? 'Look at the log of NetBox.'
  return {
    ...replyBase(netbox),
    status: 'error',
    authentication: isRefused ? 'failed' : 'unknown',
    api_access: wasReached ? 'ok' : 'failed',
    detail,
    http_status: isRefused ? 403 : null,
    version: netbox.inside.version ?? null,
    fingerprint_sha256: shown ?? null,
    findings: [{ severity: 'error', code, detail, remedy }]
  }
}

/** GET tells `view`; OPTIONS lists POST and PUT only for who may add and change (DRF metadata), and for no read-only token. */
async function missingPermissions(
  netbox: NetBox,
  version: string,
  signal: AbortSignal
): Promise<string[]> {
  const limit = pLimit(callsAtOnce)
  // Object.entries of a table keyed by KindName.
  const names = Object.keys(kinds) as KindName[]
  const wanted = names.filter((kind) => versionHas(version, kinds[kind].since))
  const missing = await Promise.all(
    wanted.map((kind) => limit(() => missingOf(netbox, kind, signal)))
  )
  return missing.flat()
}

async function missingOf(netbox: NetBox, kind: KindName, signal: AbortSignal): Promise<string[]> {
  const { path, readOnly } = kinds[kind]
  const list = await netbox.inside.get(path, { limit: 1, fields: 'id' }, signal)
  const view =
    list.status === 403
      ? [permissionFor({ kind, action: 'create' }).replace('.add_', '.view_')]
      : []
  if (readOnly === true) return view
  const about = bodyOf(await netbox.inside.options(path, signal))
  const actions = isObject(about) && isObject(about.actions) ? about.actions : {}
  return [
    ...view,
    ...('POST' in actions ? [] : [permissionFor({ kind, action: 'create' })]),
    ...('PUT' in actions ? [] : [permissionFor({ kind, action: 'update' })])
  ]
}

const lacking = (permission: string, severity: Finding['severity']): Finding => ({
  severity,
  code: 'NETBOX_PERMISSION',
  detail: `The user of the token lacks the permission ${permission}.`,
  remedy: `Grant ${permission} to the user of the token (Admin → Permissions).`
})

const isWrite = (permission: string): boolean => !permission.includes('.view_')

function permissionFindings(missing: readonly string[], token: TokenFacts): Finding[] {
  // A read-only token has no write action anywhere: one finding says it.
  const shown = isReadOnly(token, missing) ? missing.filter((one) => !isWrite(one)) : missing
  return shown.map((permission) => lacking(permission, 'error'))
}

function isReadOnly(token: TokenFacts, missing: readonly string[]): boolean {
  if (token.writeEnabled !== undefined) return !token.writeEnabled
  const writable = Object.values(kinds).filter(({ readOnly, since }) => !readOnly && !since)
  return missing.filter(isWrite).length >= writable.length * 2
}

function tokenFindings(token: TokenFacts, missing: readonly string[]): Finding[] {
  if (!isReadOnly(token, missing))
    return [
      {
        severity: 'ok',
        code: 'NETBOX_TOKEN',
        detail: `The token of ${token.username ?? 'its user'} is valid.`,
        remedy: ''
      }
    ]
  return [
    {
      severity: 'error',
      code: 'NETBOX_READ_ONLY',
      detail:
        token.writeEnabled === false
          ? 'The token may not write (write_enabled is off).'
          : 'The token may write nothing: write_enabled is off, or its user lacks every permission.',
      remedy: 'Switch on "Write enabled" of the token in NetBox (Admin → API Tokens).'
    }
  ]
}

function versionFindings(version: string): Finding[] {
  const isQuick = version.localeCompare(quickSince, 'en', { numeric: true }) >= 0
  if (isQuick)
    return [{ severity: 'ok', code: 'NETBOX_VERSION', detail: `NetBox ${version}.`, remedy: '' }]
  return [
    {
      severity: 'warning',
      code: 'NETBOX_VERSION',
      detail: `NetBox ${version} writes several times slower than ${quickSince}.`,
      remedy: `Upgrade NetBox to ${quickSince} or newer.`
    }
  ]
}

function clockFindings(skewMs: number): Finding[] {
  if (Math.abs(skewMs) <= mostSkewMs) return []
  const seconds = Math.round(Math.abs(skewMs) / 1000)
  return [
    {
      severity: 'warning',
      code: 'NETBOX_CLOCK',
      detail: `The clock of NetBox is ${seconds} s ${skewMs > 0 ? 'ahead of' : 'behind'} ours.`,
      remedy: 'Synchronise both machines by NTP.'
    }
  ]
}
