import { X509Certificate } from 'node:crypto'
import type { TlsTrust } from '@proxbox/http'

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
