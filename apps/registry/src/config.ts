import { baseConfig, encryptionKey, secretText } from '@proxbox/service-kit'
import Type, { type Static } from 'typebox'

/** The environment of the registry. */
export const Config = Type.Object({
  ...baseConfig,
  DATABASE_URL: secretText({ pattern: '^postgres(ql)?://', description: 'Postgres ≥ 15' }),
  PROXBOX_ENCRYPTION_KEY: encryptionKey,
  PROXBOX_ADMIN_TOKEN: Type.Optional(
    secretText({ minLength: 20, description: 'API token of the first administrator' })
  ),
  PROXBOX_COLLECTOR_URL: Type.String({
    pattern: '^https?://',
    description: 'where the built-in backend listens'
  }),
  PROXBOX_BACKEND_TOKEN: secretText({
    minLength: 20,
    description: 'the token that the built-in backend wants'
  })
})
export type Config = Static<typeof Config>

export const environment = process.env
