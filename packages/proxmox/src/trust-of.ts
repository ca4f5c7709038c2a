import { X509Certificate } from 'node:crypto'
import type { ProxmoxConnection } from '@proxbox/contracts'
import type { TlsTrust } from '@proxbox/http'

/** Pure: a stored CA beats a fingerprint (leaf certificates renew by themselves), both beat the system's authorities. */
export function trustOf(connection: ProxmoxConnection): TlsTrust {
  if (connection.ca_certificate !== '')
    return { mode: 'ca', certificate: connection.ca_certificate }
  if (connection.fingerprint_sha256 !== '') {
    return { mode: 'fingerprint', sha256: connection.fingerprint_sha256 }
  }
  return connection.verify_ssl ? { mode: 'verify' } : { mode: 'off' }
}

/**
 * Pure: every leaf of a cluster's own CA names `localhost`, so any node is known by it when it is reached by an address
 * that its certificate lacks. Only for the CA that Proxmox itself made: another one may sign for foreign machines.
 */
export function trustByLocalhost(trust: TlsTrust): TlsTrust | undefined {
  if (trust.mode !== 'ca' || !isClusterCa(trust.certificate)) return undefined
  return { ...trust, servername: 'localhost' }
}

function isClusterCa(pem: string): boolean {
  return /CN=Proxmox Virtual Environment/.test(new X509Certificate(pem).subject)
}

/** Pure: whether this leaf is signed by this CA. */
export function isSignedBy(leafPem: string, caPem: string): boolean {
  const [leaf, ca] = [new X509Certificate(leafPem), new X509Certificate(caPem)]
  return leaf.checkIssued(ca) && leaf.verify(ca.publicKey)
}
