import { randomBytes, randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { openTestBus } from '@proxbox/bus/testing'
import { collector } from '@proxbox/collector'
import { type BusUser, foreignUsers, serviceNames } from '@proxbox/contracts'
import { createNkey, openTestPostgres } from '@proxbox/embedded'
import { gateway } from '@proxbox/gateway'
import { inventory } from '@proxbox/inventory'
import { orchestrator } from '@proxbox/orchestrator'
import { registry } from '@proxbox/registry'
import {
  type RunningService,
  readConfig,
  type ServiceDefinition,
  startService
} from '@proxbox/service-kit'
import type { TObject } from 'typebox'

/** All five services in this process over a real nats-server and Postgres. */
export interface InProcessStack {
  readonly url: string
  readonly natsUrl: string
  readonly adminToken: string
  readonly nkeySeeds: Readonly<Record<BusUser, string>>
  readonly collectorUrl: string
  readonly backendToken: string
  readonly doorUrl: string
  /** Seed of a user of the bus without limits, which only tests have. */
  readonly busAdminSeed: string
  /** Of all services; tests look at what no route shows, and let days pass. */
  readonly databaseUrl: string
  /** One more gateway beside the first, without a plugin door. */
  openGateway(): Promise<RunningService>
  stop(): Promise<void>
}

/** Below the range that systems give out by themselves, so that nobody takes it before it is used. */
async function freePort(): Promise<number> {
  for (let tries = 0; tries < 50; tries += 1) {
    const port = randomInt(10_000, 32_000)
    const server = createServer()
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => resolve(true))
    })
    if (!isFree) continue
    await new Promise<void>((resolve) => server.close(() => resolve()))
    return port
  }
  throw new Error('no free port')
}

/** One more user, who may do what only an operator of the bus can: let messages expire, lose a stream. */
const withAdmin = (authorization: string, publicKey: string): string =>
  authorization.replace('users = [', `users = [\n    {\n      nkey: ${publicKey}\n    }`)

/** @param settings further environment, such as PROXBOX_LEASE_MARGIN_MS. */
export async function startInProcess(
  settings: Readonly<Record<string, string>> = {}
): Promise<InProcessStack> {
  const admin = createNkey()
  const [bus, postgres] = await Promise.all([
    openTestBus((authorization) => withAdmin(authorization, admin.publicKey)),
    openTestPostgres()
  ])
  await postgres.createDatabase('proxbox')
  const adminToken = randomBytes(20).toString('hex')
  const backendToken = randomBytes(20).toString('hex')
  const collectorUrl = `http://127.0.0.1:${await freePort()}`
  const doorPort = await freePort()
  const databaseUrl = postgres.databaseUrl('proxbox')
  const environment = {
    DATABASE_URL: databaseUrl,
    PROXBOX_ADMIN_TOKEN: adminToken,
    PROXBOX_BACKEND_TOKEN: backendToken,
    PROXBOX_COLLECTOR_URL: collectorUrl,
    PROXBOX_PORT: '0',
    PROXBOX_BACKEND_PORT: String(doorPort),
    LOG_LEVEL: 'warn',
    ...settings
  }
  const started: RunningService[] = []
  const start = async <S extends TObject>(
    definition: ServiceDefinition<S>,
    more: Readonly<Record<string, string>> = {}
  ) => {
    const config = readConfig(definition.config, {
      ...(await bus.environmentOf(definition.name)),
      ...environment,
      ...more
    })
    const service = await startService(definition, config)
    started.push(service)
    return service
  }
  const stop = async () => {
    for (const service of started.reverse()) await service.stop()
    await Promise.allSettled([bus.close(), postgres.stop()])
  }
  try {
    const [, , , , door] = await Promise.all([
      start(registry),
      start(orchestrator),
      start(inventory),
      start(collector),
      start(gateway)
    ])
    const users = [...serviceNames, ...foreignUsers]
    const nkeySeeds = Object.fromEntries(users.map((user) => [user, bus.seedOf(user)])) as Record<
      BusUser,
      string
    > // one per user
    return {
      url: door.url,
      natsUrl: bus.url,
      adminToken,
      nkeySeeds,
      collectorUrl,
      backendToken,
      doorUrl: `http://127.0.0.1:${doorPort}`,
      busAdminSeed: admin.seed,
      databaseUrl,
      openGateway: () => start(gateway, { PROXBOX_BACKEND_PORT: '0' }),
      stop
    }
  } catch (error) {
    await stop()
    throw error
  }
}
