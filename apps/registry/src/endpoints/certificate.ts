import { X509Certificate } from 'node:crypto'
import { FieldErrors } from '@proxbox/service-kit'

/** @throws FieldErrors unless it is empty or begins with a certificate in PEM: no server could ever be verified by it. */
export function checkCertificate(pem: string | undefined): void {
  if (pem === undefined || pem === '') return
  try {
    new X509Certificate(pem)
  } catch (error) {
    const text =
      'Not a certificate in PEM: it begins with "-----BEGIN CERTIFICATE-----"; @FILE of the CLI reads it from a file.'
    throw new FieldErrors({ ca_certificate: [text] }, { cause: error })
  }
}
