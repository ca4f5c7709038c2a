import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { ProxboxError } from '@proxbox/contracts'

const nonceBytes = 12
const tagBytes = 16

/** Encrypts (AES-256-GCM, fresh nonce) and binds to a purpose: the operation and the direction. */
export function seal(value: unknown, key: Buffer, purpose: string): string {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(purpose))
  const body = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64')
}

/** @throws ProxboxError ENCRYPTION_KEY_WRONG when it was sealed with another key or for another purpose. */
export function unseal(sealed: string, key: Buffer, purpose: string): unknown {
  const bytes = Buffer.from(sealed, 'base64')
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes))
      .setAAD(Buffer.from(purpose))
      .setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes))
    const text = Buffer.concat([
      decipher.update(bytes.subarray(nonceBytes + tagBytes)),
      decipher.final()
    ])
    return JSON.parse(text.toString('utf8'))
  } catch (cause) {
    throw new ProxboxError('ENCRYPTION_KEY_WRONG', { cause })
  }
}
