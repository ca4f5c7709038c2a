import { baseConfig, encryptionKey, secretText } from '@proxbox/service-kit'
import Type, { type Static } from 'typebox'

/** The environment of the collector. */
export const Config = Type.Object({
  ...baseConfig,
  PROXBOX_ENCRYPTION_KEY: encryptionKey,
  PROXBOX_COLLECTOR_URL: Type.String({
    pattern: '^http://',
    description: 'where the built-in backend listens'
  }),
  PROXBOX_BACKEND_TOKEN: secretText({
    minLength: 20,
    description: 'the token that the orchestrator sends'
  }),
  PROXBOX_LEASE_RENEW_MS: Type.Integer({
    default: 10_000,
    minimum: 50,
    description: 'pause between two renewals of a lease'
  }),
  PROXBOX_WRITE_LANES: Type.Integer({
    default: 3,
    minimum: 1,
    maximum: 16,
    description: 'bulk writes in flight per NetBox'
  }),
  PROXBOX_BATCH_SIZE: Type.Integer({
    default: 100,
    minimum: 1,
    maximum: 1000,
    description: 'objects per bulk write'
  }),
  HTTPS_PROXY: Type.Optional(Type.String()),
  HTTP_PROXY: Type.Optional(Type.String()),
  NO_PROXY: Type.Optional(Type.String())
})
export type Config = Static<typeof Config>

export const environment = process.env
