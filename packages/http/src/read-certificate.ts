import { isIP } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { errorFrom } from './classify-error.ts'
import { HttpAborted, HttpTimeout, HttpUnreachable } from './errors.ts'

const HANDSHAKE_TIMEOUT_MS = 5000

export interface PresentedCertificate {
  /** Upper-case hex with colons, as Proxmox prints it. */
  readonly fingerprintSha256: string
  readonly subject: string
  readonly issuer: string
  /** ISO time. */
  readonly validTo: string
  readonly pem: string
}

/**
 * The leaf certificate that a server presents, trusted or not, for a person to look at. Nothing but
 * the handshake is exchanged; it takes at most 5 s.
 *
 * @throws HttpUnreachable, HttpTimeout, HttpAborted
 */
export function readCertificate(
  host: string,
  port: number,
  signal?: AbortSignal
): Promise<PresentedCertificate> {
  const label = `TLS ${host}:${port}`
  if (signal?.aborted) {
    const { reason: cause } = signal
    return Promise.reject(new HttpAborted(`${label}: aborted`, { sent: false, cause }))
  }
  const name = host.replace(/^\[(.*)\]$/, '$1')
  const sni = isIP(name) === 0 ? { servername: name } : {}
  const { promise, resolve, reject } = Promise.withResolvers<PresentedCertificate>()
  const socket = connect({ host: name, port, rejectUnauthorized: false, ...sni })
  const onAbort = () =>
    socket.destroy(new HttpAborted(`${label}: aborted`, { sent: false, cause: signal?.reason }))
  const timer = setTimeout(() => {
    socket.destroy(new HttpTimeout(`${label}: no handshake within 5 s`, { sent: false }))
  }, HANDSHAKE_TIMEOUT_MS)
  signal?.addEventListener('abort', onAbort, { once: true })
  socket.on('error', (cause) => reject(errorFrom(cause, label, false)))
  socket.once('close', () => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
    // After an answer or an error this changes nothing.
    reject(new HttpUnreachable(`${label}: closed in the handshake`, { kind: 'reset', sent: false }))
  })
  socket.once('secureConnect', () => {
    const certificate = presentedBy(socket)
    if (certificate !== undefined) resolve(certificate)
    socket.destroy()
  })
  return promise
}

function presentedBy(socket: TLSSocket): PresentedCertificate | undefined {
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) return undefined
  return {
    fingerprintSha256: certificate.fingerprint256,
    subject: certificate.subject.replaceAll('\n', ', '),
    issuer: certificate.issuer.replaceAll('\n', ', '),
    validTo: certificate.validToDate.toISOString(),
    pem: certificate.toString()
  }
}
