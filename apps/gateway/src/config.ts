import { isIP } from 'node:net'
import { ProxboxError } from '@proxbox/contracts'
import { baseConfig, encryptionKey } from '@proxbox/service-kit'
import Type, { type Static } from 'typebox'

/** The environment of the gateway. */
export const Config = Type.Object({
  ...baseConfig,
  PROXBOX_HOST: Type.String({ default: '127.0.0.1', description: 'where UI and API listen' }),
  PROXBOX_PORT: Type.Integer({ default: 8080, minimum: 0, maximum: 65535 }),
  PROXBOX_BACKEND_PORT: Type.Integer({
    default: 0,
    minimum: 0,
    maximum: 65535,
    description: 'the plugin door; 0 = off'
  }),
  PROXBOX_ENCRYPTION_KEY: encryptionKey,
  PROXBOX_TLS_CERT: Type.Optional(Type.String({ description: 'file with the certificate chain' })),
  PROXBOX_TLS_KEY: Type.Optional(
    Type.String({ description: 'file with the key of the certificate' })
  ),
  PROXBOX_PUBLIC_URL: Type.Optional(
    Type.String({ pattern: '^https?://', description: 'how clients reach the gateway' })
  ),
  PROXBOX_TRUSTED_PROXIES: Type.Optional(
    Type.String({ description: 'addresses whose X-Forwarded-* headers count, comma separated' })
  ),
  PROXBOX_SSE_HEARTBEAT_MS: Type.Integer({
    default: 15_000,
    minimum: 50,
    maximum: 60_000,
    description: 'after so long without an event a stream sends a comment'
  }),
  PROXBOX_INSECURE_HTTP: Type.Boolean({ default: false, description: 'plain HTTP beyond loopback' })
})
export type Config = Static<typeof Config>

export const environment = process.env

/** Tokens must not cross a network in the open. @throws ProxboxError CONFIG_INVALID when they would. */
export function checkExposure(config: Config): void {
  const host = config.PROXBOX_HOST
  const isLoopback =
    host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
  const isProtected =
    config.PROXBOX_TLS_CERT !== undefined ||
    config.PROXBOX_PUBLIC_URL?.startsWith('https://') === true
  if (isLoopback || isProtected || config.PROXBOX_INSECURE_HTTP) return
  const remedy =
    'set PROXBOX_TLS_CERT and PROXBOX_TLS_KEY, or PROXBOX_PUBLIC_URL=https://… behind a proxy, or PROXBOX_INSECURE_HTTP=1'
  throw new ProxboxError('CONFIG_INVALID', {
    faults: `PROXBOX_HOST ${host} is beyond loopback and would serve plain HTTP: ${remedy}`
  })
}
