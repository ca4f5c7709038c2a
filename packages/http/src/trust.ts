import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { type ConnectionOptions, checkServerIdentity, type TLSSocket } from 'node:tls'
import { HttpTlsError, type TlsErrorKind } from './errors.ts'

/** Which servers may be talked to. The caller of `off` warns loudly. */
export type TlsTrust =
  | { readonly mode: 'verify' }
  | { readonly mode: 'ca'; readonly certificate: string; readonly servername?: string }
  | { readonly mode: 'fingerprint'; readonly sha256: string }
  | { readonly mode: 'off' }

/** As an Endpoint has it: empty texts say that there is none. */
interface StoredTrust {
  readonly ca_certificate: string
  readonly fingerprint_sha256: string
  readonly verify_ssl: boolean
}

/** Pure: a stored CA beats a fingerprint (leaf certificates renew by themselves), both beat the system's authorities. */
export function trustFrom(stored: StoredTrust): TlsTrust {
  if (stored.ca_certificate !== '') return { mode: 'ca', certificate: stored.ca_certificate }
  if (stored.fingerprint_sha256 !== '')
    return { mode: 'fingerprint', sha256: stored.fingerprint_sha256 }
  return stored.verify_ssl ? { mode: 'verify' } : { mode: 'off' }
}

const KIND_BY_CODE: Readonly<Record<string, TlsErrorKind>> = {
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'self-signed',
  ERR_TLS_CERT_ALTNAME_INVALID: 'wrong-name'
}

const SENTENCES: Readonly<Record<TlsErrorKind, string>> = {
  expired: 'is outside its validity period (also check the clocks)',
  'self-signed': 'is self-signed or comes from an unknown private authority',
  'wrong-name': 'is made for another name',
  untrusted: 'cannot be verified',
  fingerprint: 'is not the pinned one'
}

type TrustOptions = Pick<
  ConnectionOptions,
  'rejectUnauthorized' | 'ca' | 'servername' | 'checkServerIdentity'
>

/**
 * Options of the TLS handshake. Node is told to finish it in every case, so that a refusal can name
 * the certificate; `trustFault` then decides, before a single byte of the request is written.
 *
 * @throws TypeError when the CA bundle or the fingerprint cannot be read
 */
export function tlsOptionsFrom(trust: TlsTrust): TrustOptions {
  const options: TrustOptions = { rejectUnauthorized: false }
  if (trust.mode === 'fingerprint') hexOf(trust.sha256)
  if (trust.mode !== 'ca') return options
  requireCertificate(trust.certificate)
  options.ca = trust.certificate
  const { servername } = trust
  if (servername === undefined) return options
  // RFC 6066 §3 forbids addresses as SNI; the certificate is held against them all the same.
  if (isIP(servername) === 0) options.servername = servername
  options.checkServerIdentity = (_host, certificate) => checkServerIdentity(servername, certificate)
  return options
}

/** Why this connection may not be used, or undefined when it may. */
export function trustFault(
  socket: TLSSocket,
  trust: TlsTrust,
  host: string
): HttpTlsError | undefined {
  if (trust.mode === 'off') return undefined
  const presented = socket.getPeerX509Certificate()?.fingerprint256
  if (trust.mode === 'fingerprint') {
    const isPinned = presented !== undefined && hexOf(presented) === hexOf(trust.sha256)
    return isPinned ? undefined : tlsError('fingerprint', host, presented)
  }
  if (socket.authorized) return undefined
  return tlsError(KIND_BY_CODE[String(socket.authorizationError)] ?? 'untrusted', host, presented)
}

function tlsError(kind: TlsErrorKind, host: string, presented: string | undefined): HttpTlsError {
  const shown = presented === undefined ? '' : `; presented SHA-256 fingerprint ${presented}`
  return new HttpTlsError(`${host}: the server's certificate ${SENTENCES[kind]}${shown}`, {
    kind,
    ...(presented === undefined ? {} : { fingerprintSha256: presented })
  })
}

function hexOf(fingerprint: string): string {
  const hex = fingerprint.replaceAll(':', '').toLowerCase()
  if (!/^[0-9a-f]{64}$/.test(hex)) throw new TypeError('a SHA-256 fingerprint has 64 hex digits')
  return hex
}

function requireCertificate(pem: string): void {
  // Node ignores a bundle that it cannot parse, and every server would then be "untrusted".
  try {
    new X509Certificate(pem)
  } catch (cause) {
    throw new TypeError('the CA bundle is not a PEM certificate', { cause })
  }
}
