import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { ProxboxError } from '@proxbox/contracts'

const algorithm = 'aes-256-gcm'
const nonceBytes = 12
const authTagLength = 16

/** Encrypts a text (AES-256-GCM, fresh nonce) and binds it to what it is for. @returns base64 */
export function sealText(text: string, key: Buffer, purpose: string): string {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength })
  cipher.setAAD(Buffer.from(purpose))
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64')
}

/** @throws ProxboxError ENCRYPTION_KEY_WRONG when it was sealed with another key or for another purpose, or is cut short. */
export function unsealText(sealed: string, key: Buffer, purpose: string): string {
  const bytes = Buffer.from(sealed, 'base64')
  const nonce = bytes.subarray(0, nonceBytes)
  try {
    // The length is said, because a shorter tag would be taken too, and is easier to guess.
    const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength })
    decipher.setAAD(Buffer.from(purpose))
    decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + authTagLength))
    const body = bytes.subarray(nonceBytes + authTagLength)
    return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8')
  } catch (cause) {
    throw new ProxboxError('ENCRYPTION_KEY_WRONG', { cause })
  }
}
