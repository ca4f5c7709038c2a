import { ensureVenv, type Venv, venvIn } from '../process/ensure-venv.ts'
import { exists } from '../process/exists.ts'
import { findPython } from '../process/find-python.ts'
import { findFreePort } from '../process/free-port.ts'
import { endOrphans } from '../process/start-child.ts'
import { stopTogether, type Together } from '../process/stop-together.ts'
import { type Ports, writeConfiguration } from './configuration.ts'
import { copyName, type NetBoxCopy, openCopy } from './copy.ts'
import { type Home, openHome } from './home.ts'
import { announce, claimHome, HomeInUse, type Owner, releaseHome } from './owner.ts'
import { type RunSql, sqlRunner, startPostgres } from './postgres.ts'
import { type RunRedis, redisRunner, startRedis } from './redis.ts'
import { ensureSystemPackages, type SystemPrograms } from './system-packages.ts'
import { ensureDatabase, ensureTemplate, resetDatabase, saveDatabase } from './template.ts'
import { answersStatus, startWeb, tokenOf } from './web.ts'

export interface RealNetBoxOptions {
  /** Folder of the venv, the database and the logs, kept between starts. */
  readonly home: string
  /** As on PyPI. */
  readonly version?: string
  /** pg_dump file of a migrated database; used only when it exists. */
  readonly dump?: string
  readonly workers?: number
  readonly threads?: number
  /** Default true: a Postgres that does not wait for the disk. False to measure. */
  readonly fast?: boolean
  /** Default true, as real installations have one: NetBox then leaves the search index to it. */
  readonly hasQueueWorker?: boolean
  /** Tried before every other Python. */
  readonly python?: string | undefined
  readonly userHome: string
  /** Set by the command line: others may use this NetBox. */
  readonly isDaemon?: boolean
  readonly log: (line: string) => void
}

export interface RealNetBox {
  readonly url: string
  /** Of a superuser, version 2 and version 1. */
  readonly token: string
  readonly tokenV1: string
  readonly version: string
  /** Empties NetBox (about half a second); tokens stay. */
  reset(): Promise<void>
  /** Keeps a copy of everything; the function brings it back, ids included, until the next copy is made. */
  save(): Promise<() => Promise<void>>
  /** A second NetBox over a copy of this one's database, one at a time. */
  copy(signal: AbortSignal): Promise<NetBoxCopy>
  /** Ends everything this call started. A daemon found running goes on. */
  stop(): Promise<void>
}

/**
 * A real NetBox on 127.0.0.1, installed from PyPI at the first start (minutes) and warm afterwards (seconds). Everything it
 * starts ends with stop(), when opening fails, when the signal aborts while opening, and when this process gets SIGINT,
 * SIGTERM or SIGHUP; after a SIGKILL the next opening cleans up. When a daemon of the command line runs in this home, that one
 * is used.
 *
 * Linux. Needs Python 3.12 or newer; Postgres and Redis are installed by apt when missing and allowed.
 * Throws HomeInUse when another process, not a daemon, runs NetBox in this home.
 */
export async function openRealNetBox(
  options: RealNetBoxOptions,
  signal: AbortSignal
): Promise<RealNetBox> {
  const version = options.version ?? '4.7.3'
  const home = await openHome(options.home)
  let owner: Owner
  try {
    owner = await claimHome(home.run, options.isDaemon ?? false)
  } catch (error) {
    if (!(error instanceof HomeInUse)) throw error
    return await useDaemon(home, version, error, signal)
  }
  const together = stopTogether()
  together.afterwards(() => releaseHome(home.run))
  try {
    return await start({ ...options, version }, home, { owner, together }, signal)
  } catch (error) {
    await together.stop()
    throw error
  }
}

interface Life {
  readonly owner: Owner
  readonly together: Together
}

async function start(
  options: RealNetBoxOptions & { readonly version: string },
  home: Home,
  { owner, together }: Life,
  signal: AbortSignal
): Promise<RealNetBox> {
  const { log } = options
  const started = together.add
  const ended = await endOrphans(home.run, [copyName, 'gunicorn', 'rqworker', 'redis', 'postgres'])
  if (ended.length > 0) log(`ended what an earlier run left: ${ended.join(', ')}`)
  const [postgres, redisPort, port] = await Promise.all([
    findFreePort(),
    findFreePort(),
    findFreePort()
  ])
  const ports: Ports = { postgres, redis: redisPort }
  const { programs, venv } = await install(options, home, signal)
  await writeConfiguration(home)
  const bin = programs.postgresBin
  const isFast = options.fast ?? true
  const sql = await startPostgres({ home, bin, port: postgres, isFast, started, log }, signal)
  const redis = await startRedis({ home, programs, port: redisPort, started }, signal)
  const template = { home, venv, ports, postgresBin: bin, sql, dump: options.dump, log }
  await ensureTemplate(template, signal)
  await ensureDatabase(sql, signal)
  const { workers = 2, threads = 4, hasQueueWorker = true } = options
  await startWeb({ home, venv, ports, port, workers, threads, hasQueueWorker, started }, signal)
  const url = `http://127.0.0.1:${port}`
  await announce(home.run, { ...owner, url, ports })
  return {
    ...accessTo(home, url, options.version),
    reset: () => reset(url, home, { sql, redis }),
    save: () => save(url, home, { sql, redis }),
    copy: (limit) => openCopy({ home, venv, ports, sql, redis }, limit),
    stop: together.stop
  }
}

async function install(
  options: RealNetBoxOptions & { readonly version: string },
  home: Home,
  signal: AbortSignal
): Promise<{ programs: SystemPrograms; venv: Venv }> {
  const { log, userHome } = options
  const mustCompile = !(await exists(home.venv))
  const programs = await ensureSystemPackages({ mustCompile, log }, signal)
  const venv = await ensureVenv(
    {
      folder: home.venv,
      packages: [`netbox==${options.version}`, 'gunicorn'],
      // NetBox 4.7 needs 3.12; Debian 12 brings 3.11.
      findPython: () =>
        findPython({ preferred: options.python, userHome, minimumMinor: 12 }, signal),
      log
    },
    signal
  )
  return { programs, venv }
}

/** Uses what a daemon runs in this home; it outlives us. */
async function useDaemon(
  home: Home,
  version: string,
  inUse: HomeInUse,
  signal: AbortSignal
): Promise<RealNetBox> {
  const { isDaemon, url, ports } = inUse.owner
  if (!isDaemon || url === undefined || ports === undefined) throw inUse
  const programs = await ensureSystemPackages({ mustCompile: false, log: () => undefined }, signal)
  const sql = sqlRunner({ home, bin: programs.postgresBin, port: ports.postgres })
  const redis = redisRunner(programs.redisCli, ports.redis)
  return {
    ...accessTo(home, url, version),
    reset: () => reset(url, home, { sql, redis }),
    save: () => save(url, home, { sql, redis }),
    copy: (limit) => openCopy({ home, venv: venvIn(home.venv), ports, sql, redis }, limit),
    stop: async () => undefined
  }
}

function accessTo(
  home: Home,
  url: string,
  version: string
): Pick<RealNetBox, 'url' | 'token' | 'tokenV1' | 'version'> {
  return { url, token: tokenOf(home), tokenV1: home.secrets.tokenV1, version }
}

interface Stores {
  readonly sql: RunSql
  readonly redis: RunRedis
}

const COPY = 'netbox_copy'

async function save(url: string, home: Home, stores: Stores): Promise<() => Promise<void>> {
  await saveDatabase(stores.sql, COPY, AbortSignal.timeout(60_000))
  return () => reset(url, home, stores, COPY)
}

async function reset(url: string, home: Home, stores: Stores, from?: string): Promise<void> {
  const limit = AbortSignal.timeout(60_000)
  await resetDatabase(stores.sql, stores.redis, limit, from)
  if (!(await answersStatus(url, home, limit)))
    throw new Error('NetBox did not answer after its database was reset')
}
