import { nkeys } from 'nats'

/** A user's key pair: the seed is the secret, the public key goes into the server's authorization. */
export interface Nkey {
  /** Begins with `SU`. A secret: store it in a file of mode 0600, never log it. */
  readonly seed: string
  /** Begins with `U`. */
  readonly publicKey: string
}

/** Makes a new nkey pair for one NATS user. */
export function createNkey(): Nkey {
  // nats 2.29 declares `nkeys` as any; its createUser() is documented to return such a pair.
  const pair: { getSeed(): Uint8Array; getPublicKey(): string; clear(): void } = nkeys.createUser()
  const nkey = { seed: new TextDecoder().decode(pair.getSeed()), publicKey: pair.getPublicKey() }
  pair.clear()
  return nkey
}
