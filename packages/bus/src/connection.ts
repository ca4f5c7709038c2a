import { readFile } from 'node:fs/promises'
import { ProxboxError } from '@proxbox/contracts'
import {
  type Authenticator,
  connect,
  credsAuthenticator,
  Events,
  type NatsConnection,
  nkeyAuthenticator
} from 'nats'

export interface BusOptions {
  readonly url: string
  /** User of the bus, name of the client and prefix of its inbox. */
  readonly service: string
  readonly nkeySeed?: string
  readonly credsFile?: string
  readonly caFile?: string
  readonly encryptionKey?: Buffer
  /** How long the first connection may take; 15,000 by default. */
  readonly connectTimeoutMs?: number
  readonly log?: (level: 'info' | 'warn' | 'error', message: string, data: object) => void
}

export const inboxPrefixOf = (user: string): string => `_INBOX_${user}`

async function authenticatorOf(options: BusOptions): Promise<Authenticator | undefined> {
  if (options.nkeySeed !== undefined)
    return nkeyAuthenticator(new TextEncoder().encode(options.nkeySeed))
  if (options.credsFile !== undefined) return credsAuthenticator(await readFile(options.credsFile))
  return undefined
}

export interface ConnectionEvents {
  /** What was under way will not be answered. */
  lost(): void
  restored(): void
}

/** Connects and, once connected, reconnects for ever. @throws ProxboxError BUS_UNAVAILABLE when the first connection takes too long. */
export async function connectNats(
  options: BusOptions,
  on: ConnectionEvents
): Promise<NatsConnection> {
  const authenticator = await authenticatorOf(options)
  const deadline = Date.now() + (options.connectTimeoutMs ?? 15_000)
  for (;;) {
    try {
      const connection = await connect({
        servers: options.url,
        name: options.service,
        inboxPrefix: inboxPrefixOf(options.service),
        maxReconnectAttempts: -1,
        reconnectTimeWait: 250,
        reconnectJitter: 250,
        timeout: 2000,
        pingInterval: 10_000,
        maxPingOut: 3,
        // Else the client makes an error object, with its stack, for every request that succeeds.
        noAsyncTraces: true,
        ...(authenticator === undefined ? {} : { authenticator }),
        ...(options.caFile === undefined ? {} : { tls: { caFile: options.caFile } })
      })
      void watch(connection, options, on)
      return connection
    } catch (error) {
      if (Date.now() >= deadline) throw new ProxboxError('BUS_UNAVAILABLE', { cause: error })
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
}

async function watch(
  connection: NatsConnection,
  { log }: BusOptions,
  on: ConnectionEvents
): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === Events.Disconnect) {
      log?.('warn', 'bus disconnected', {})
      on.lost()
    }
    if (status.type === Events.Reconnect) {
      log?.('info', 'bus reconnected', {})
      on.restored()
    }
    if (status.type === Events.Error)
      log?.('warn', 'bus refused something', { detail: String(status.data) })
  }
}
