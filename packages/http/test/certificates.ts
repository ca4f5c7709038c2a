// The certificate library wants this first.
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import {
  BasicConstraintsExtension,
  cryptoProvider,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator
} from '@peculiar/x509'

cryptoProvider.set(webcrypto)

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const DAY_MS = 24 * 3600 * 1000

export interface Identity {
  readonly cert: string
  readonly key: string
}

interface Authority {
  readonly certificate: X509Certificate
  readonly keys: webcrypto.CryptoKeyPair
}

export async function makeAuthority(): Promise<Authority & { readonly pem: string }> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=Test CA',
    keys,
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(Date.now() - 900 * DAY_MS),
    notAfter: new Date(Date.now() + 900 * DAY_MS),
    extensions: [new BasicConstraintsExtension(true, 1, true)]
  })
  return { certificate, keys, pem: certificate.toString('pem') }
}

/** A leaf for one name or address; without authority it is self-signed. */
export async function makeLeaf(
  names: readonly { type: 'dns' | 'ip'; value: string }[],
  options: { authority?: Authority; isExpired?: boolean } = {}
): Promise<Identity> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const { authority } = options
  const certificate = await X509CertificateGenerator.create({
    subject: 'CN=leaf,O=Test',
    issuer: authority?.certificate.subject ?? 'CN=leaf,O=Test',
    publicKey: keys.publicKey,
    signingKey: (authority?.keys ?? keys).privateKey,
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(Date.now() - 30 * DAY_MS),
    notAfter: new Date(Date.now() + (options.isExpired ? -1 : 30) * DAY_MS),
    extensions: [new SubjectAlternativeNameExtension([...names])]
  })
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey))
  const key = `-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----\n`
  return { cert: certificate.toString('pem'), key }
}
