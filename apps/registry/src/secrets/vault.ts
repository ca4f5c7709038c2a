import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { ProxboxError } from '@proxbox/contracts'

/** Encrypts credentials at rest: AES-256-GCM, a fresh nonce each time, bound to what the text is for. */
export interface Vault {
  seal(text: string, purpose: string): string
  /** @throws ProxboxError ENCRYPTION_KEY_WRONG when the key or the purpose is another one. */
  open(sealed: string, purpose: string): string
}

const nonceBytes = 12
const tagBytes = 16

export function openVault(key: Buffer): Vault {
  return {
    seal(text, purpose) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(purpose))
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64')
    },
    open(sealed, purpose) {
      const bytes = Buffer.from(sealed, 'base64')
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes))
        .setAAD(Buffer.from(purpose))
        .setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes))
      try {
        return Buffer.concat([
          decipher.update(bytes.subarray(nonceBytes + tagBytes)),
          decipher.final()
        ]).toString('utf8')
      } catch (cause) {
        throw new ProxboxError('ENCRYPTION_KEY_WRONG', { cause })
      }
    }
  }
}
