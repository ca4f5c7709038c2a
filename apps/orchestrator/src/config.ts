import { baseConfig, encryptionKey, secretText } from '@proxbox/service-kit'
import Type, { type Static } from 'typebox'

const durationMs = (standard: number, description: string) =>
  Type.Integer({ default: standard, minimum: 10, maximum: 86_400_000, description })

/** The environment of the orchestrator. */
export const Config = Type.Object({
  ...baseConfig,
  DATABASE_URL: secretText({ pattern: '^postgres(ql)?://', description: 'Postgres ≥ 15' }),
  PROXBOX_ENCRYPTION_KEY: encryptionKey,
  PROXBOX_LEASE_MARGIN_MS: durationMs(30_000, 'a lease lasts the write timeout and this'),
  PROXBOX_LEASE_RENEW_MS: durationMs(10_000, 'how often the lease of a foreign backend is renewed'),
  PROXBOX_RUN_POLL_MS: durationMs(5000, 'how often due and expired Runs are looked for'),
  PROXBOX_RETRY_PAUSES_MS: Type.String({
    default: '10000,60000',
    pattern: '^\\d{1,8}(,\\d{1,8})*$',
    description: 'pauses between attempts; one more attempt than pauses'
  }),
  PROXBOX_RUN_CONCURRENCY: Type.Integer({
    default: 4,
    minimum: 1,
    maximum: 64,
    description: 'Runs that this process follows at once'
  }),
  PROXBOX_CANCEL_GRACE_MS: durationMs(
    12_000,
    'how long a backend may take to end a cancelled Run by itself; longer than a lease renewal'
  ),
  PROXBOX_BACKEND_TIMEOUT_MS: durationMs(60_000, 'until a backend must have begun to answer')
})
export type Config = Static<typeof Config>

export const environment = process.env
