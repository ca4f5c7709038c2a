import { chmod, chown, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exists } from '../process/exists.ts'
import { run } from '../process/run.ts'
import { type Child, startChild } from '../process/start-child.ts'
import { waitUntil } from '../process/wait-until.ts'
import type { Home } from './home.ts'

export interface PostgresOptions {
  readonly home: Home
  /** Folder of Postgres' programs. */
  readonly bin: string
  readonly port: number
  /** Gives up durability for speed: for tests, not for measuring. */
  readonly isFast: boolean
  readonly started: (child: Child) => void
  readonly log: (line: string) => void
}

/** Runs SQL as the superuser, each statement on its own (CREATE DATABASE refuses transactions). */
export type RunSql = (
  database: string,
  statements: readonly string[],
  signal: AbortSignal
) => Promise<string>

interface ServerUser {
  readonly prefix: readonly string[]
  readonly owner: { readonly uid: number; readonly gid: number } | undefined
}

/** Starts Postgres on loopback with its data below the home, made at the first start. */
export async function startPostgres(
  options: PostgresOptions,
  signal: AbortSignal
): Promise<RunSql> {
  const { home, bin, port } = options
  await mkdir(home.pgData, { recursive: true })
  const user = await findServerUser(home.pgData, signal)
  await ensureCluster(options, user, signal)
  const settings = [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    'unix_socket_directories=',
    'shared_buffers=256MB',
    ...(options.isFast ? ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'] : [])
  ]
  const [command = '', ...args] = [
    ...user.prefix,
    join(bin, 'postgres'),
    ...['-D', home.pgData],
    ...settings.flatMap((setting) => ['-c', setting])
  ]
  const child = await startChild({
    name: 'postgres',
    command,
    args,
    cwd: '/',
    // A fast stop: open sessions are ended, the data is written (postgres(1)).
    stopSignal: 'SIGINT',
    runFolder: home.run
  })
  options.started(child)
  const sql = sqlRunner(options)
  const answers = async (limit: AbortSignal) => {
    try {
      return (await sql('postgres', ['select 1'], limit)).trim() === '1'
    } catch {
      // Refused while it starts; waitUntil knows when to give up, and says why.
      return false
    }
  }
  await waitUntil(child, answers, 60_000, signal)
  return sql
}

/** Talks to a Postgres that runs already. */
export function sqlRunner({
  bin,
  home,
  port
}: Pick<PostgresOptions, 'bin' | 'home' | 'port'>): RunSql {
  return (database, statements, signal) =>
    run(
      join(bin, 'psql'),
      [
        ...['-h', '127.0.0.1', '-p', String(port), '-U', 'postgres', '-d', database],
        ...['-qtAX', '-v', 'ON_ERROR_STOP=1'],
        ...statements.flatMap((statement) => ['-c', statement])
      ],
      {
        timeoutMs: 120_000,
        env: { PGPASSWORD: home.secrets.pgPassword, PGCONNECT_TIMEOUT: '5' }
      },
      signal
    )
}

async function ensureCluster(
  { home, bin, log }: PostgresOptions,
  user: ServerUser,
  signal: AbortSignal
): Promise<void> {
  // initdb writes this file early; our own mark says that it came to its end.
  const marker = join(home.folder, 'pg-made')
  if (await exists(marker)) return
  log('initdb')
  await rm(home.pgData, { recursive: true, force: true })
  await mkdir(home.pgData, { mode: 0o700 })
  const passwordFile = join(home.run, 'pg-password')
  await writeFile(passwordFile, `${home.secrets.pgPassword}\n`, { mode: 0o600 })
  try {
    if (user.owner) {
      await chown(home.pgData, user.owner.uid, user.owner.gid)
      await chown(passwordFile, user.owner.uid, user.owner.gid)
    }
    await chmod(home.pgData, 0o700)
    const [command = '', ...args] = [
      ...user.prefix,
      join(bin, 'initdb'),
      ...['-D', home.pgData, '-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`],
      ...['-E', 'UTF8', '--locale=C.UTF-8']
    ]
    await run(command, args, { timeoutMs: 120_000, cwd: '/' }, signal)
  } finally {
    await rm(passwordFile, { force: true })
  }
  await writeFile(marker, '')
}

/**
 * Postgres refuses to run as root: root becomes Debian's user `postgres`. Below a folder closed to it (a checkout in /root) it
 * keeps the one capability that passes closed folders.
 */
async function findServerUser(dataFolder: string, signal: AbortSignal): Promise<ServerUser> {
  if (process.getuid?.() !== 0) return { prefix: [], owner: undefined }
  const limits = { timeoutMs: 10_000, cwd: '/' }
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (flag) => Number(await run('id', [flag, 'postgres'], limits, signal)))
  )
  if (uid === undefined || gid === undefined) throw new Error('there is no user postgres')
  const plain = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups']
  const owner = { uid, gid }
  try {
    const [command = '', ...args] = [...plain, 'test', '-d', dataFolder]
    await run(command, args, limits, signal)
    return { prefix: plain, owner }
  } catch {
    signal.throwIfAborted()
    // `test` fails exactly when the folder cannot be reached: it was made just before.
    const capability = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override']
    return { prefix: [...plain, ...capability], owner }
  }
}
