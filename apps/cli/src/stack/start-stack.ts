import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type ServiceName, serviceNames } from '@proxbox/contracts'
import {
  type ChildDescription,
  type ChildEvent,
  type NatsServer,
  type PostgresServer,
  type ProcessDescription,
  type Supervisor,
  supervise
} from '@proxbox/embedded'
import { checkout, type Environment } from '../config.ts'
import { freePort } from './free-port.ts'
import { holdHome } from './hold-home.ts'
import { type Home, prepareHome, writeWhole } from './home.ts'
import { type EmbeddedServer, embeddedNats, embeddedPostgres } from './servers.ts'
import { type StackAddresses, serviceEnv } from './service-env.ts'

export interface StackOptions {
  /** PROXBOX_HOME: all local state; made when missing. */
  readonly home: string
  /** NATS_URL and DATABASE_URL switch the embedded servers off; settings of the services are passed through. */
  readonly env: Environment
  /** Of the gateway; 0: a free one. Default: PROXBOX_PORT, else 8080. */
  readonly port?: number
  /** Pauses in ms before the first, second, … restart of a part; default 1, 2, 4, 8, 16, 30 s. */
  readonly restartDelaysMs?: readonly number[]
  readonly onEvent?: (event: ChildEvent) => void
  /** What takes time before the first start, for a person. */
  readonly log?: (text: string) => void
}

type SuperviseOptions = Parameters<typeof supervise>[0]

/** The whole running system. */
export interface Stack {
  /** Of the gateway. */
  readonly url: string
  readonly natsUrl: string
  /** undefined for a bus of the person's own. */
  readonly natsVersion: string | undefined
  readonly databaseUrl: string
  readonly postgresVersion: string | undefined
  readonly adminToken: string
  readonly home: Home
  readonly supervisor: Supervisor
  /** Sends a signal to `nats`, `postgres` or a service, as a crash would. @throws when it does not run */
  kill(name: string, signal: NodeJS.Signals): void
  /** Stops all in order; idempotent. No process is left when it resolves. */
  stop(): Promise<void>
}

/**
 * Starts the bus, the database, then the services, and keeps each of them running until `stop()` or the signal.
 *
 * @throws HomeInUse, PortTaken, StartFailed of the first part that does not start, the abort reason; nothing runs then.
 */
export async function startStack(options: StackOptions, signal: AbortSignal): Promise<Stack> {
  signal.throwIfAborted()
  const home = await prepareHome(options.home)
  const release = await holdHome(home.path)
  let supervisor: Supervisor | undefined
  let stopped: Promise<void> | undefined
  const stop = () => (stopped ??= stopParts(home, supervisor, release))
  try {
    const parts = await describeParts(home, options, signal)
    supervisor = await supervise(parts.supervision, signal)
    const facts = await readFacts(home, options.env, supervisor, parts)
    await writeWhole(home.urlFile, facts.url)
    await writeWhole(home.natsUrlFile, facts.natsUrl)
    return { ...facts, home, supervisor, stop, kill: (...target) => supervisor?.kill(...target) }
  } catch (error) {
    await stop()
    throw error
  }
}

async function stopParts(
  home: Home,
  supervisor: Supervisor | undefined,
  release: () => Promise<void>
): Promise<void> {
  await supervisor?.stop()
  await Promise.all([home.urlFile, home.natsUrlFile].map((file) => rm(file, { force: true })))
  await release()
}

interface Parts {
  readonly supervision: SuperviseOptions
  readonly nats: EmbeddedServer<NatsServer> | undefined
  readonly postgres: EmbeddedServer<PostgresServer> | undefined
  readonly addresses: () => StackAddresses
}

/** Finds ports and programs; nothing runs yet. */
async function describeParts(
  home: Home,
  options: StackOptions,
  signal: AbortSignal
): Promise<Parts> {
  const { env, onEvent, restartDelaysMs } = options
  const host = env.PROXBOX_HOST || '127.0.0.1'
  const port = await freePort(host, options.port ?? portFrom(env))
  const collectorUrl =
    env.PROXBOX_COLLECTOR_URL || `http://127.0.0.1:${await freePort('127.0.0.1')}`
  const nats = env.NATS_URL
    ? undefined
    : await embeddedNats(home, env, options.log ?? (() => undefined), signal)
  const postgres = env.DATABASE_URL ? undefined : embeddedPostgres(home)
  const addresses = () => ({
    natsUrl: env.NATS_URL || urlOf(nats),
    isNatsEmbedded: nats !== undefined,
    databaseUrl: env.DATABASE_URL || (postgres?.current().url ?? ''),
    host,
    port,
    collectorUrl
  })
  const service = (name: ServiceName): ProcessDescription => ({
    name,
    command: process.execPath,
    args: [...nodeFlags, join(checkout, 'apps', name, 'src', 'main.ts')],
    env: () => serviceEnv(name, env, home, addresses()),
    cwd: home.path,
    logFile: join(home.logsDir, `${name}.log`),
    readyTimeoutMs
  })
  const servers: ChildDescription[] = [nats, postgres].flatMap((server) =>
    server === undefined ? [] : [server.description]
  )
  // The gateway comes last and goes first: it takes requests only while everything behind it is there.
  const inner = serviceNames.filter((name) => name !== 'gateway').map(service)
  const groups = [servers, inner, [service('gateway')]]
  const supervision = {
    groups,
    ...(restartDelaysMs === undefined ? {} : { restartDelaysMs }),
    ...(onEvent === undefined ? {} : { onEvent })
  }
  return { supervision, nats, postgres, addresses }
}

async function readFacts(
  home: Home,
  env: Environment,
  supervisor: Supervisor,
  { nats, postgres, addresses }: Parts
) {
  const at = addresses()
  return {
    url: gatewayUrl(supervisor, env, at),
    natsUrl: at.natsUrl,
    natsVersion: nats?.current().version,
    databaseUrl: at.databaseUrl,
    postgresVersion: postgres?.current().version,
    adminToken: await readAdminToken(home, env)
  }
}

function portFrom(env: Environment): number {
  const port = Number(env.PROXBOX_PORT || 8080)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new Error(`PROXBOX_PORT is "${env.PROXBOX_PORT}": it must be a port from 0 to 65535.`)
}

// Type stripping still warns on some versions; a small young generation keeps idle processes small.
const nodeFlags = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=4']
const readyTimeoutMs = 60_000

const urlOf = (nats: EmbeddedServer<NatsServer> | undefined): string => nats?.current().url ?? ''

function gatewayUrl(
  supervisor: Supervisor,
  env: Environment,
  { host, port }: { host: string; port: number }
): string {
  const said = supervisor.ready('gateway')
  if (typeof said === 'object' && said !== null && 'url' in said && typeof said.url === 'string')
    return said.url
  return `${env.PROXBOX_TLS_CERT ? 'https' : 'http'}://${host}:${port}`
}

async function readAdminToken(home: Home, env: Environment): Promise<string> {
  if (env.PROXBOX_ADMIN_TOKEN) return env.PROXBOX_ADMIN_TOKEN
  return (await readFile(env.PROXBOX_ADMIN_TOKEN_FILE || home.adminTokenFile, 'utf8')).trim()
}
