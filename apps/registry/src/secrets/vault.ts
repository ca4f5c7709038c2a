import { sealText, unsealText } from '@proxbox/bus'

/** Encrypts credentials at rest as the bus does under way: AES-256-GCM, a fresh nonce each time, bound to what the text is for. */
export interface Vault {
  seal(text: string, purpose: string): string
  /** @throws ProxboxError ENCRYPTION_KEY_WRONG when the key or the purpose is another one. */
  open(sealed: string, purpose: string): string
}

export const openVault = (key: Buffer): Vault => ({
  seal: (text, purpose) => sealText(text, key, purpose),
  open: (sealed, purpose) => unsealText(sealed, key, purpose)
})

/** What a credential becomes in its column: an empty text, or none at all, removes it. */
export const sealedOrNull = (vault: Vault, text: unknown, purpose: string): string | null =>
  typeof text === 'string' && text !== '' ? vault.seal(text, purpose) : null
