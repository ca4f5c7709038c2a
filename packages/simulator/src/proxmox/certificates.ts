import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import type { NodeCertificate, World, WorldNode } from './world/world-shape.ts'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const DAY_MS = 86_400_000

interface Authority {
  certificate: x509.X509Certificate
  keys: webcrypto.CryptoKeyPair
}

/** A world keeps its cluster CA over restarts of its server; leaves are made anew, as renewals do. */
const authorities = new WeakMap<World, Authority>()

/** What a TLS server of one node needs. */
export interface ServerIdentity {
  keyPem: string
  certificatePem: string
  caPem: string
  /** SHA-256 in upper-case hex with colons. */
  fingerprintSha256: string
}

/**
 * Makes a new leaf for the entry node and one for each node that has none yet, all under the world's CA, and notes
 * their public facts in the world. Throws RangeError for an entry node that the world does not have.
 */
export async function makeCertificates(world: World, entryNode: string): Promise<ServerIdentity> {
  const known = authorities.get(world)
  const authority = known ?? (await makeAuthority(world))
  authorities.set(world, authority)
  const nodes: Record<string, NodeCertificate> =
    known === undefined ? {} : { ...world.certificates?.nodes }
  let mine: Authority | undefined
  for (const [at, node] of world.nodes.entries()) {
    if (nodes[node.name] !== undefined && node.name !== entryNode) continue
    const leaf = await makeLeaf(authority, node, at + 2)
    nodes[node.name] = await factsOf(leaf.certificate, sanOf(node))
    if (node.name === entryNode) mine = leaf
  }
  if (mine === undefined) throw new RangeError(`no node ${entryNode} in this world`)
  world.certificates = { ca: await factsOf(authority.certificate, []), nodes }
  return {
    keyPem: await privatePem(mine.keys),
    certificatePem: mine.certificate.toString('pem'),
    caPem: authority.certificate.toString('pem'),
    fingerprintSha256: await fingerprintOf(mine.certificate)
  }
}

async function makeAuthority(world: World): Promise<Authority> {
  const keys = await newKeys()
  const name = `CN=Proxmox Virtual Environment, OU=${world.ticketKey.slice(0, 12)}, O=PVE Cluster Manager CA`
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: '01',
      name,
      notBefore: new Date(Date.now() - 30 * DAY_MS),
      notAfter: new Date(Date.now() + 3650 * DAY_MS),
      signingAlgorithm: ALGORITHM,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(
          x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
          true
        ),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey)
      ]
    },
    webcrypto
  )
  return { certificate, keys }
}

async function makeLeaf(authority: Authority, node: WorldNode, serial: number): Promise<Authority> {
  const keys = await newKeys()
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: `${serial.toString(16).padStart(4, '0')}${(Date.now() & 0xffffff).toString(16).padStart(6, '0')}`,
      subject: `CN=${node.name}.example.org, OU=PVE Cluster Node, O=Proxmox Virtual Environment`,
      issuer: authority.certificate.subject,
      notBefore: new Date(Date.now() - DAY_MS),
      notAfter: new Date(Date.now() + 730 * DAY_MS),
      signingAlgorithm: ALGORITHM,
      publicKey: keys.publicKey,
      signingKey: authority.keys.privateKey,
      extensions: [
        new x509.BasicConstraintsExtension(false),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        await x509.AuthorityKeyIdentifierExtension.create(authority.certificate.publicKey),
        new x509.SubjectAlternativeNameExtension(
          sanOf(node).map((value) => ({ type: /^[\d.]+$|:/.test(value) ? 'ip' : 'dns', value }))
        )
      ]
    },
    webcrypto
  )
  return { certificate, keys }
}

function sanOf(node: WorldNode): string[] {
  return ['127.0.0.1', '::1', 'localhost', node.address, node.name, `${node.name}.example.org`]
}

async function factsOf(certificate: x509.X509Certificate, san: string[]): Promise<NodeCertificate> {
  return {
    pem: certificate.toString('pem'),
    fingerprint: await fingerprintOf(certificate),
    subject: certificate.subject,
    issuer: certificate.issuer,
    notbefore: Math.floor(certificate.notBefore.getTime() / 1000),
    notafter: Math.floor(certificate.notAfter.getTime() / 1000),
    san
  }
}

async function fingerprintOf(certificate: x509.X509Certificate): Promise<string> {
  const digest = Buffer.from(await certificate.getThumbprint('SHA-256', webcrypto))
  return (digest.toString('hex').toUpperCase().match(/../g) ?? []).join(':')
}

async function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
}

async function privatePem(keys: webcrypto.CryptoKeyPair): Promise<string> {
  const der = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  return x509.PemConverter.encode(der, 'PRIVATE KEY')
}
