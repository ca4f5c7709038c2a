import { ProxboxError, type TestFinding, type TestReply } from '@proxbox/contracts'
import { HttpAborted, HttpError, type PresentedCertificate, readCertificate } from '@proxbox/http'
import type { Static } from 'typebox'
import { AnswerError } from './answer-error.ts'
import { isSignedBy } from './cluster-ca.ts'
import { failureFrom } from './failure.ts'
import type { Proxmox } from './open-proxmox.ts'
import { clusterCaFrom } from './parse-node.ts'
import { privilegeFindings } from './privilege-findings.ts'
import { releaseOf } from './privileges.ts'
import { ruledPathsFrom, withHidden } from './read-held.ts'
import { decode, decodeRows } from './wire/decode.ts'
import { NodeListRow, Permissions, Version } from './wire/schemas.ts'

type Reply = Static<typeof TestReply>
type Finding = Static<typeof TestFinding>

/** A ticket allows for 5 min (PVE::AccessControl), and so does a certificate made just now. */
const MAX_SKEW_SECONDS = 300
const OLDEST_RELEASE = 7.04

/**
 * Tries certificate, credential, release, privileges and clock of an Endpoint, and says how to mend each fault. Never
 * throws for a fault of the Endpoint. `ca_certificate` is the cluster's CA, given only over a connection that is already
 * trusted and when it signed the presented certificate: storing it then keeps the Endpoint working after a renewal.
 *
 * @throws the signal's reason when it fires
 */
export async function testProxmox(proxmox: Proxmox, signal: AbortSignal): Promise<Reply> {
  const { connection } = proxmox
  const presented = await presentedBy(proxmox, signal)
  const base = {
    target_address: connection.host,
    target_port: connection.port,
    fingerprint_sha256: presented?.fingerprintSha256 ?? null
  }
  let path = '/version'
  const get: Get = (next) => {
    path = next
    return proxmox.get(next, { timeoutMs: connection.timeout * 1000 }, signal)
  }
  try {
    return { ...base, ...(await passed(proxmox, get, presented)) }
  } catch (error) {
    signal.throwIfAborted()
    return { ...base, ...failed(failureFrom(error, connection, path), connection) }
  }
}

type Get = (path: string) => Promise<unknown>
type Outcome = Omit<Reply, 'target_address' | 'target_port' | 'fingerprint_sha256'>

async function passed(
  proxmox: Proxmox,
  get: Get,
  presented: PresentedCertificate | undefined
): Promise<Outcome> {
  const { version } = decode(Version, await get('/version'), 'the version')
  const listed = decode(Permissions, await get('/access/permissions'), 'the permissions')
  const held = withHidden(listed, ruledPathsFrom(await get('/access/acl')))
  const ca = await clusterCa(proxmox, get)
  const findings: Finding[] = [
    ...releaseFindings(version),
    ...trustFindings(proxmox),
    ...ca.findings,
    ...clockFindings(proxmox),
    ...privilegeFindings(proxmox.connection, version, held)
  ]
  const isUsable = !findings.some((finding) => finding.severity === 'error')
  const summary = findings.find((finding) => finding.severity === 'error') ?? findings[0]
  return {
    status: isUsable ? 'success' : 'error',
    authentication: 'ok',
    api_access: 'ok',
    detail: summary?.detail ?? `Proxmox VE ${version} answers and all privileges are held.`,
    http_status: 200,
    version,
    ca_certificate: isTrusted(proxmox, presented, ca.pem) ? (ca.pem ?? null) : null,
    findings:
      findings.length > 0
        ? findings
        : [ok(`Proxmox VE ${version} answers and all privileges are held.`)]
  }
}

/** Pure: what a failure of the very first call means. */
function failed(error: unknown, connection: Proxmox['connection']): Outcome {
  if (!(error instanceof ProxboxError)) throw error
  const { cause } = error
  const refused = error.code === 'PROXMOX_CREDENTIAL'
  const answered = cause instanceof AnswerError ? cause.status : null
  return {
    status: 'error',
    authentication: refused ? 'failed' : 'unknown',
    api_access: 'failed',
    detail: error.message,
    http_status: answered,
    version: null,
    ca_certificate: null,
    findings: [
      {
        severity: 'error',
        code: error.code,
        detail: error.message,
        remedy: remedyOf(error.code, connection)
      }
    ]
  }
}

/** Pure: what to do about it; of a refused credential by what the Endpoint logs in with. */
function remedyOf(code: string, { token_value }: Proxmox['connection']): string {
  if (code === 'PROXMOX_CREDENTIAL' && (token_value ?? '') === '')
    return 'Look at the user with "pveum user list" (enabled, expiry) and store its password again, or better a token: "pveum user token add USER@REALM NAME". A user with a second factor needs a token.'
  return REMEDIES[code] ?? 'Look at the log of pveproxy on the host: "journalctl -u pveproxy".'
}

const REMEDIES: Readonly<Record<string, string>> = {
  PROXMOX_CREDENTIAL:
    'Look at the token with "pveum user token list USER@REALM" (name, expiry), or make a new one with "pveum user token add USER@REALM NAME" and store its value.',
  PROXMOX_TLS:
    'Compare the fingerprint with that of "pvenode cert info" on the host; if it is the same, store it as fingerprint_sha256 of the Endpoint.',
  PROXMOX_UNREACHABLE:
    'Check host, port (8006) and firewall, and that "systemctl status pveproxy" is active and its ALLOW_FROM lets this machine in.',
  PROXMOX_TIMEOUT:
    'Check the network in between and the load of the host, or raise the timeout of the Endpoint.'
}

async function presentedBy(
  proxmox: Proxmox,
  signal: AbortSignal
): Promise<PresentedCertificate | undefined> {
  const { host, port } = proxmox.connection
  try {
    return await readCertificate(host, port, signal)
  } catch (error) {
    signal.throwIfAborted()
    // The test itself then meets the same fault and tells it.
    if (error instanceof HttpError && !(error instanceof HttpAborted)) return undefined
    throw error
  }
}

/** PEM of the cluster's CA by the first node that tells it; any caller may read it. */
async function clusterCa(
  proxmox: Proxmox,
  get: Get
): Promise<{ pem?: string | undefined; findings: Finding[] }> {
  if (proxmox.trust.mode === 'off') return { findings: [] }
  try {
    const { rows } = decodeRows(NodeListRow, await get('/nodes'), 'the nodes')
    const node = rows.find((row) => row.status === 'online')?.node
    if (node === undefined) return { findings: [] }
    const info = await get(`/nodes/${encodeURIComponent(node)}/certificates/info`)
    return { pem: clusterCaFrom(info)?.pem, findings: [] }
  } catch (error) {
    if (!(error instanceof AnswerError)) throw error
    const finding: Finding = {
      severity: 'warning',
      code: 'PROXMOX_ANSWER',
      detail: `The CA of the cluster cannot be read: ${error.message}`,
      remedy: 'Try again when all nodes are online.'
    }
    return { findings: [finding] }
  }
}

function isTrusted(
  proxmox: Proxmox,
  presented: PresentedCertificate | undefined,
  ca: string | undefined
): boolean {
  const isPinned = proxmox.trust.mode === 'fingerprint' || proxmox.trust.mode === 'ca'
  return isPinned && presented !== undefined && ca !== undefined && isSignedBy(presented.pem, ca)
}

function releaseFindings(version: string): Finding[] {
  if (releaseOf(version) >= OLDEST_RELEASE) return []
  return [
    {
      severity: 'error',
      code: 'PROXMOX_ANSWER',
      detail: `Proxmox VE ${version} is too old: 7.4 or newer is needed.`,
      remedy: 'Upgrade the host.'
    }
  ]
}

function trustFindings(proxmox: Proxmox): Finding[] {
  if (proxmox.trust.mode !== 'off') return []
  return [
    {
      severity: 'warning',
      code: 'PROXMOX_TLS',
      detail: 'The certificate is not verified: anyone in between can read the credential.',
      remedy: 'Store the fingerprint_sha256 of the host, or its CA as ca_certificate.'
    }
  ]
}

function clockFindings(proxmox: Proxmox): Finding[] {
  const skew = proxmox.clockSkewSeconds() ?? 0
  if (Math.abs(skew) <= MAX_SKEW_SECONDS) return []
  return [
    {
      severity: 'warning',
      code: 'PROXMOX_ANSWER',
      detail: `The clock of the host is ${Math.abs(skew)} s ${skew > 0 ? 'ahead of' : 'behind'} ours: logins with a password and new certificates can fail.`,
      remedy: 'Run "chronyc tracking" on both machines and mend the one that is wrong.'
    }
  ]
}

function ok(detail: string): Finding {
  return { severity: 'ok', code: 'OK', detail, remedy: '' }
}
