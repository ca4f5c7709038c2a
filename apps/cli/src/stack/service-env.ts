import type { ServiceName } from '@proxbox/contracts'
import type { Environment } from '../config.ts'
import type { Home } from './home.ts'

/** What the services are told beyond the person's own environment. */
export interface StackAddresses {
  readonly natsUrl: string
  readonly isNatsEmbedded: boolean
  readonly databaseUrl: string
  readonly host: string
  readonly port: number
  readonly collectorUrl: string
}

// Each gets what it reads and no more: a secret that a process does not hold cannot leak from it.
const secretsOf: Readonly<Record<ServiceName, readonly SecretName[]>> = {
  gateway: ['PROXBOX_ENCRYPTION_KEY'],
  registry: [
    'PROXBOX_ENCRYPTION_KEY',
    'PROXBOX_ADMIN_TOKEN',
    'PROXBOX_BACKEND_TOKEN',
    'DATABASE_URL'
  ],
  orchestrator: ['PROXBOX_ENCRYPTION_KEY', 'DATABASE_URL'],
  inventory: ['DATABASE_URL'],
  collector: ['PROXBOX_ENCRYPTION_KEY', 'PROXBOX_BACKEND_TOKEN']
}
type SecretName =
  | 'PROXBOX_ENCRYPTION_KEY'
  | 'PROXBOX_ADMIN_TOKEN'
  | 'PROXBOX_BACKEND_TOKEN'
  | 'DATABASE_URL'
const secretNames = new Set(Object.values(secretsOf).flat())

const system = [
  'PATH',
  'HOME',
  'TZ',
  'LANG',
  'LC_ALL',
  'TMPDIR',
  'LOG_LEVEL',
  'NODE_EXTRA_CA_CERTS'
]
const proxies = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY', 'https_proxy', 'http_proxy', 'no_proxy']
// Of this command, or the same for all services where each needs its own.
const ours = new Set(['PROXBOX_HOME', 'PROXBOX_URL', 'PROXBOX_TOKEN', 'PROXBOX_SERVICE_PORT'])

/** Pure: the environment of one service. */
export function serviceEnv(
  service: ServiceName,
  env: Environment,
  home: Home,
  at: StackAddresses
): Environment {
  const passed = Object.entries(env).filter(
    ([name, value]) => value !== undefined && value !== '' && isPassed(name)
  )
  const bus = at.isNatsEmbedded
    ? { NATS_NKEY_FILE: home.seedFile(service) }
    : {
        NATS_NKEY_FILE: env.NATS_NKEY_FILE,
        NATS_CREDS: env.NATS_CREDS,
        NATS_CA_FILE: env.NATS_CA_FILE
      }
  return {
    ...Object.fromEntries(passed),
    MALLOC_ARENA_MAX: '2',
    NATS_URL: at.natsUrl,
    ...bus,
    PROXBOX_HOST: at.host,
    PROXBOX_PORT: String(at.port),
    PROXBOX_COLLECTOR_URL: at.collectorUrl,
    ...Object.assign({}, ...secretsOf[service].map((name) => secretEnv(name, env, home, at)))
  }
}

function isPassed(name: string): boolean {
  if (system.includes(name) || proxies.includes(name)) return true
  const secret = name.replace(/_FILE$/, '')
  return name.startsWith('PROXBOX_') && !ours.has(name) && !secretNames.has(secret as SecretName) // any text may be asked for
}

/** What the person gave, as text or file, else the file in the home. */
function secretEnv(
  name: SecretName,
  env: Environment,
  home: Home,
  at: StackAddresses
): Environment {
  if (name === 'DATABASE_URL') return { DATABASE_URL: at.databaseUrl }
  const given = { [name]: env[name], [`${name}_FILE`]: env[`${name}_FILE`] }
  if (Object.values(given).some((value) => value !== undefined && value !== '')) return given
  const files = {
    PROXBOX_ENCRYPTION_KEY: home.encryptionKeyFile,
    PROXBOX_ADMIN_TOKEN: home.adminTokenFile,
    PROXBOX_BACKEND_TOKEN: home.backendTokenFile
  }
  return { [`${name}_FILE`]: files[name] }
}
