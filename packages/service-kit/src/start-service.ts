import { readFile } from 'node:fs/promises'
import { type Bus, openBus } from '@proxbox/bus'
import type { ServiceName } from '@proxbox/contracts'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { collectDefaultMetrics, Registry } from 'prom-client'
import type { Static, TObject } from 'typebox'
import Type from 'typebox'
import { buildApp } from './app.ts'
import { baseConfig } from './config.ts'
import { measureRequests, type ReadinessChecks, registerHealth } from './health.ts'
import { openLogger } from './logger.ts'
import { injectHeaders } from './routes.ts'

const BaseConfig = Type.Object(baseConfig)
type BaseConfig = Static<typeof BaseConfig>

/** What a service is given to build itself from. */
export interface ServiceContext<Config> {
  readonly config: Config
  readonly log: Logger
  readonly bus: Bus
  readonly app: FastifyInstance
  readonly metrics: Registry
}

/** What a service hands back: its readiness checks, what starts once it answers calls, and its end. */
export interface ServiceParts {
  readonly checks?: ReadinessChecks
  /** Runs after the service answers calls; long work belongs into the background. */
  readonly start?: () => Promise<void>
  /** Ends what `open` opened; called after the service stopped answering. */
  readonly close?: () => Promise<void>
}

export interface ServiceDefinition<Schema extends TObject> {
  readonly name: ServiceName
  /** The environment; contains `baseConfig`. */
  readonly config: Schema
  /** Registers routes on `context.app` and opens databases and the like. */
  readonly open: (context: ServiceContext<Static<Schema>>) => Promise<ServiceParts>
  /** Where it listens; by default PROXBOX_SERVICE_HOST and PROXBOX_SERVICE_PORT. */
  readonly address?: (config: Static<Schema>) => { host: string; port: number }
  /** PEM texts for HTTPS of its own; undefined = plain HTTP. */
  readonly tls?: (config: Static<Schema>) => Promise<{ cert: string; key: string } | undefined>
}

export interface RunningService {
  readonly name: ServiceName
  readonly url: string
  readonly app: FastifyInstance
  /** Stops answering, ends open work, closes the bus last. Idempotent. */
  stop(): Promise<void>
}

async function connectBus(
  name: ServiceName,
  config: BaseConfig & { PROXBOX_ENCRYPTION_KEY?: string },
  log: Logger
): Promise<Bus> {
  const seedFile = config.NATS_NKEY_FILE
  return await openBus({
    url: config.NATS_URL,
    service: name,
    ...(seedFile === undefined ? {} : { nkeySeed: (await readFile(seedFile, 'utf8')).trim() }),
    ...(config.NATS_CREDS === undefined ? {} : { credsFile: config.NATS_CREDS }),
    ...(config.NATS_CA_FILE === undefined ? {} : { caFile: config.NATS_CA_FILE }),
    ...(config.PROXBOX_ENCRYPTION_KEY === undefined
      ? {}
      : { encryptionKey: Buffer.from(config.PROXBOX_ENCRYPTION_KEY, 'base64') }),
    log: (level, message, data) => log[level](data, message)
  })
}

// Each look wakes the process: the default of 10 ms costs an idle service more than all else it does.
const eventLoopLookMs = 200

/** Starts a service in this process: bus → parts → HTTP → calls → start. Undoes what it opened when a step fails. */
export async function startService<Schema extends TObject>(
  definition: ServiceDefinition<Schema>,
  config: Static<Schema>
): Promise<RunningService> {
  const base = config as BaseConfig // every definition's schema contains baseConfig
  const { name } = definition
  const log = openLogger(name, base.LOG_LEVEL)
  const metrics = new Registry()
  collectDefaultMetrics({ register: metrics, eventLoopMonitoringPrecision: eventLoopLookMs })
  const closers: (() => Promise<void>)[] = []
  const stop = stopOnce(closers, log)
  try {
    const bus = await connectBus(name, base, log)
    closers.unshift(() => bus.close())
    const app = buildApp(name, log, { tls: await definition.tls?.(config) })
    measureRequests(app, metrics)
    const parts = await definition.open({ config, log, bus, app, metrics })
    if (parts.close !== undefined) closers.unshift(parts.close)
    closers.unshift(() => app.close())
    registerHealth(app, { bus: () => busCheck(bus), ...parts.checks }, metrics)
    const address = definition.address?.(config) ?? {
      host: base.PROXBOX_SERVICE_HOST,
      port: base.PROXBOX_SERVICE_PORT
    }
    const url = await app.listen(address)
    const serving = await bus.serve(name, (_operation, request) => answerBy(app, request))
    closers.unshift(() => serving.stop())
    await parts.start?.()
    log.info({ url }, 'service started')
    return { name, url, app, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function busCheck(bus: Bus): void {
  if (bus.status() !== 'connected') throw new Error('not connected')
}

/** A call over the bus is a request to our own app. */
async function answerBy(
  app: FastifyInstance,
  request: { url: string; method: string; headers: Record<string, string>; payload?: string }
) {
  const reply = await app.inject({
    method: request.method as 'GET', // the route table's methods
    url: request.url,
    headers: {
      ...request.headers,
      ...injectHeaders,
      ...(request.payload === undefined ? {} : { 'content-type': 'application/json' })
    },
    ...(request.payload === undefined ? {} : { payload: request.payload })
  })
  const headers = Object.fromEntries(
    Object.entries(reply.headers).map(([key, value]) => [key, String(value)])
  )
  return { status: reply.statusCode, headers, body: reply.body }
}

/** Each closer runs once, in order; one that fails does not keep the others from running. */
function stopOnce(closers: readonly (() => Promise<void>)[], log: Logger): () => Promise<void> {
  let stopping: Promise<void> | undefined
  const run = async () => {
    for (const close of closers)
      await close().catch((error: unknown) => log.warn({ error }, 'a part did not close'))
  }
  return () => (stopping ??= run())
}
