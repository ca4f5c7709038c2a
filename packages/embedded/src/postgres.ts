import { execFile } from 'node:child_process'
import { chown, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { claimFolder, endOrphan } from './end-orphan.ts'
import { readFreePort } from './free-port.ts'
import { readLogSize, readLogTail } from './log-file.ts'
import { onceRunnable } from './once-runnable.ts'
import { findPostgres, type PostgresBinaries } from './postgres-binaries.ts'
import { runStatement } from './postgres-query.ts'
import { findPostgresUser, type PostgresUser } from './postgres-user.ts'
import { type Child, exitsWithin, spawnChild } from './spawn-child.ts'
import { reasonOf, StartFailed } from './start-failed.ts'

const run = promisify(execFile)
// Nothing of our environment; setpriv lies on this path.
const env = { PATH: '/usr/bin:/bin:/usr/sbin:/sbin' }
// Recovery after kill -9 replays the log since the last checkpoint (5 minutes or 1 GB by default).
const readyTimeoutMs = 60_000
const initdbTimeoutMs = 60_000
const pollMs = 10
// INT: fast, sessions are ended. QUIT: at once, recovers at the next start.
const stopSignals = [
  ['SIGINT', 10_000],
  ['SIGQUIT', 3_000]
] as const
// What may be in the way of a start for a moment: another program took the port between choice and use; the sessions
// of a server that was killed have not all noticed yet.
const passing = /could not bind|Address already in use|is still in use|could not create any TCP/
const startAttempts = 20
const attemptPauseMs = 150

export interface PostgresServer extends Child {
  /** `postgres://postgres@127.0.0.1:{port}/postgres`; no password, only this machine is served. */
  readonly url: string
  readonly port: number
  readonly version: string
  /** The URL of one database. */
  databaseUrl(name: string): string
  /** Creates a database, as a copy of `template` if given (to which nobody may be connected). */
  createDatabase(name: string, template?: string, signal?: AbortSignal): Promise<void>
}

export interface PostgresOptions {
  /** Holds the cluster (`data`), and the log; made when missing. One server per folder. */
  readonly dataDir: string
  /** A free one is taken when missing. */
  readonly port?: number | undefined
  /** Default: `postgres.log` in dataDir. */
  readonly logFile?: string
  /** Server settings over ours, by their names in postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>
}

/**
 * Starts Postgres on 127.0.0.1, as root under another user; makes the cluster at the first start. Ends an orphan on the
 * same folder first, and recovers from kill -9. Resolves when it serves clients.
 *
 * @throws StartFailed with the last lines of its log; the abort reason of `signal`.
 */
export async function openPostgres(
  options: PostgresOptions,
  signal?: AbortSignal
): Promise<PostgresServer> {
  signal?.throwIfAborted()
  const dataDir = resolve(options.dataDir)
  await mkdir(dataDir, { recursive: true, mode: 0o755 })
  await claimFolder(dataDir)
  const binaries = await findPostgres()
  const cluster = join(dataDir, 'data')
  const user = await findPostgresUser([cluster, binaries.postgres])
  const place: Place = { dataDir, cluster, binaries, user }
  await endPrevious(cluster, signal)
  await ensureCluster(place, options.settings?.fsync !== 'off', signal)
  const ask = async () => await run(binaries.postgres, ['--version'], { timeout: 10_000 })
  const { stdout } = await onceRunnable(ask, signal)
  const version = /\d+(\.\d+)+/.exec(stdout)?.[0] ?? stdout.trim()
  const { child, port } = await startServer(place, options, signal)
  const databaseUrl = (name: string) =>
    `postgres://postgres@127.0.0.1:${port}/${encodeURIComponent(name)}`
  return {
    pid: child.pid,
    exited: child.exited,
    stop: child.stop,
    url: databaseUrl('postgres'),
    port,
    version,
    databaseUrl,
    createDatabase: (name, template, abort) =>
      runStatement(port, createStatement(name, template), abort)
  }
}

interface Place {
  readonly dataDir: string
  readonly cluster: string
  readonly binaries: PostgresBinaries
  readonly user: PostgresUser
}

async function endPrevious(cluster: string, signal?: AbortSignal): Promise<void> {
  const pidFile = join(cluster, 'postmaster.pid')
  const found = await endOrphan({ pidFile, marks: ['postgres', cluster], stopSignals }, signal)
  // Postgres itself clears away the file of a dead process, but takes a living stranger's pid for its own.
  if (found === 'stranger') await rm(pidFile, { force: true })
}

// A cluster is whole or not there: initdb works beside it, a rename puts it in place.
async function ensureCluster(place: Place, isDurable: boolean, signal?: AbortSignal) {
  const { dataDir, cluster, binaries, user } = place
  const halves = (await readdir(dataDir)).filter((name) => name.startsWith('initdb-'))
  await Promise.all(halves.map((name) => rm(join(dataDir, name), { recursive: true, force: true })))
  if (await stat(join(cluster, 'PG_VERSION')).catch(() => undefined)) return
  const fresh = await mkdtemp(join(dataDir, 'initdb-'))
  if (user.owner) await chown(fresh, user.owner.uid, user.owner.gid)
  const [command = binaries.initdb, ...args] = [...user.prefix, binaries.initdb]
  const settings = ['--auth=trust', '--locale=C', '--encoding=UTF8', '--username=postgres']
  const sync = isDurable ? [] : ['--no-sync']
  try {
    await run(command, [...args, '-D', fresh, ...settings, ...sync], {
      cwd: fresh,
      env,
      timeout: initdbTimeoutMs,
      ...(signal ? { signal } : {}),
      ...user.user
    })
  } catch (cause) {
    signal?.throwIfAborted()
    // execFile puts what the program wrote into the error.
    const logTail = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : ''
    throw new StartFailed({ child: 'postgres', reason: 'initdb failed', logTail }, { cause })
  }
  await rename(fresh, cluster)
}

async function startServer(
  place: Place,
  options: PostgresOptions,
  signal?: AbortSignal
): Promise<{ child: Child; port: number }> {
  const logFile = options.logFile ?? join(place.dataDir, 'postgres.log')
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await readFreePort())
    const before = readLogSize(logFile)
    const child = await spawnServer(place, { ...options, port, logFile })
    try {
      await waitUntilReady(child, place.cluster, signal)
      return { child, port }
    } catch (cause) {
      await child.stop()
      signal?.throwIfAborted()
      const logTail = readLogTail(logFile, before)
      if (attempt === startAttempts || !passing.test(logTail)) {
        throw new StartFailed({ child: 'postgres', reason: reasonOf(cause), logTail }, { cause })
      }
      await sleep(attemptPauseMs, undefined, { signal })
    }
  }
}

function spawnServer(
  { cluster, binaries, user }: Place,
  options: PostgresOptions & { port: number; logFile: string }
): Promise<Child> {
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(options.port),
    unix_socket_directories: '',
    // Small, as one person's estate is: the whole database fits the page cache.
    shared_buffers: '32MB',
    max_connections: '100',
    ...options.settings
  }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const [command = binaries.postgres, ...args] = [...user.prefix, binaries.postgres]
  return spawnChild({
    command,
    args: [...args, '-D', cluster, ...flags],
    cwd: cluster,
    env,
    logFile: options.logFile,
    user: user.user,
    stopSignals
  })
}

// Line 1 of postmaster.pid is the pid, line 8 the state (PostgreSQL source, utils/pidfile.h).
async function waitUntilReady(child: Child, cluster: string, signal?: AbortSignal): Promise<void> {
  for (let waited = 0; waited < readyTimeoutMs; waited += pollMs) {
    signal?.throwIfAborted()
    const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')
    const lines = text.split('\n')
    if (Number(lines[0]) === child.pid && lines[7]?.trim() === 'ready') return
    if (await exitsWithin(child.exited, pollMs)) throw new Error('it ended at once')
  }
  throw new Error(`it was not ready after ${readyTimeoutMs / 1000} s`)
}

function createStatement(name: string, template?: string): string {
  const quote = (text: string) => `"${text.replaceAll('"', '""')}"`
  return `CREATE DATABASE ${quote(name)}${template === undefined ? '' : ` TEMPLATE ${quote(template)}`}`
}
