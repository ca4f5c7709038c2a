import { baseConfig, secretText } from '@proxbox/service-kit'
import Type, { type Static } from 'typebox'

/** The environment of the inventory. It holds no encryption key: no secret ever reaches it. */
export const Config = Type.Object({
  ...baseConfig,
  DATABASE_URL: secretText({ pattern: '^postgres(ql)?://', description: 'Postgres ≥ 15' })
})
export type Config = Static<typeof Config>

export const environment = process.env
