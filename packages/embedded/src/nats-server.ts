import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join, resolve } from 'node:path'
import { claimFolder, endOrphan } from './end-orphan.ts'
import { readLogSize, readLogTail } from './log-file.ts'
import { type Child, exitsWithin, spawnChild } from './spawn-child.ts'
import { reasonOf, StartFailed } from './start-failed.ts'

const readyTimeoutMs = 30_000
const pollMs = 10
// Bytes of the server's default, 1 MiB.
const defaultMaxPayload = 1_048_576
// TERM lets JetStream write its state; what stays after 10 s is ended by force and recovers from its store.
const stopSignals = [['SIGTERM', 10_000]] as const

export interface NatsServer extends Child {
  /** `nats://127.0.0.1:{port}` */
  readonly url: string
  readonly port: number
  readonly version: string
}

export interface NatsOptions {
  /** Path of nats-server, see findNatsServer. */
  readonly binary: string
  /** Holds the store, the configuration, the pid file and the log; made when missing. One server per folder. */
  readonly dataDir: string
  /** A free one is taken when missing. */
  readonly port?: number | undefined
  /** Text of an `authorization` or `accounts` block in the server's configuration language. */
  readonly authorization?: string
  /** Bytes. */
  readonly maxPayload?: number
  readonly log?: (text: string) => void
}

/**
 * Starts nats-server on 127.0.0.1 with JetStream, a file store and `sync_interval: always` (an acknowledged message
 * survives kill -9 and power loss). Ends an orphan on the same folder first. Resolves when it answers with its INFO.
 *
 * @throws StartFailed with the last lines of its log; the abort reason of `signal`.
 */
export async function openNats(options: NatsOptions, signal?: AbortSignal): Promise<NatsServer> {
  signal?.throwIfAborted()
  const dataDir = resolve(options.dataDir)
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  await claimFolder(dataDir)
  const config = join(dataDir, 'nats.conf')
  const orphan = { pidFile: join(dataDir, 'nats.pid'), marks: ['--config', config], stopSignals }
  if ((await endOrphan(orphan, signal)) === 'ended') options.log?.('ended an orphaned nats-server')
  await removePortFiles(dataDir)
  await writeFile(config, configText(options, dataDir), { mode: 0o600 })
  const logFiles = [join(dataDir, 'nats.log'), join(dataDir, 'nats.out')]
  const before = logFiles.map((path) => readLogSize(path))
  const child = await spawnChild({
    command: options.binary,
    args: ['--config', config],
    cwd: dataDir,
    env: {},
    logFile: join(dataDir, 'nats.out'),
    stopSignals
  })
  try {
    return { ...facts(child), ...(await waitUntilReady(child, dataDir, signal)) }
  } catch (cause) {
    await child.stop()
    signal?.throwIfAborted()
    const logTail = logFiles
      .map((path, at) => readLogTail(path, before[at]))
      .join('\n')
      .trim()
    throw new StartFailed({ child: 'nats-server', reason: reasonOf(cause), logTail }, { cause })
  }
}

function facts(child: Child): Child {
  return { pid: child.pid, exited: child.exited, stop: child.stop }
}

// The configuration language wants line breaks between fields; its quoted strings take JSON's escapes.
function configText(options: NatsOptions, dataDir: string): string {
  const path = (name: string) => JSON.stringify(join(dataDir, name))
  return [
    'host: "127.0.0.1"',
    // -1: the server takes a free port itself and tells it in the ports file, so nobody can be faster.
    `port: ${options.port ?? -1}`,
    'server_name: "proxbox"',
    `max_payload: ${options.maxPayload ?? defaultMaxPayload}`,
    `pid_file: ${path('nats.pid')}`,
    `ports_file_dir: ${JSON.stringify(dataDir)}`,
    `log_file: ${path('nats.log')}`,
    'logfile_size_limit: 10485760',
    'logfile_max_num: 3',
    'jetstream {',
    `  store_dir: ${path('store')}`,
    '  sync_interval: always',
    '}',
    options.authorization ?? '',
    ''
  ].join('\n')
}

async function waitUntilReady(
  child: Child,
  dataDir: string,
  signal?: AbortSignal
): Promise<{ url: string; port: number; version: string }> {
  for (let waited = 0; waited < readyTimeoutMs; waited += pollMs) {
    signal?.throwIfAborted()
    const port = await readPort(dataDir, child.pid)
    if (port !== undefined) {
      return { url: `nats://127.0.0.1:${port}`, port, version: await readVersion(port, signal) }
    }
    if (await exitsWithin(child.exited, pollMs)) throw new Error('it ended at once')
  }
  throw new Error(`it was not ready after ${readyTimeoutMs / 1000} s`)
}

// The file is named for the program and its pid.
async function readPort(dataDir: string, pid: number): Promise<number | undefined> {
  const name = (await readdir(dataDir)).find((entry) => entry.endsWith(`_${pid}.ports`))
  if (name === undefined) return undefined
  const text = await readFile(join(dataDir, name), 'utf8')
  // A file seen while it is being written has no complete URL yet.
  const port = /nats:\/\/127\.0\.0\.1:(\d+)"/.exec(text)?.[1]
  return port === undefined ? undefined : Number(port)
}

// The first line of a connection is `INFO {…}` (NATS client protocol); it proves that clients are served.
async function readVersion(port: number, signal?: AbortSignal): Promise<string> {
  const limit = AbortSignal.any([AbortSignal.timeout(5_000), ...(signal ? [signal] : [])])
  const socket = connect({ host: '127.0.0.1', port, signal: limit })
  try {
    let text = ''
    for await (const part of socket) {
      text += String(part)
      const version = /"version":"([^"]+)"/.exec(text)?.[1]
      if (version !== undefined) return version
      if (text.length > 65_536) break
    }
  } finally {
    socket.destroy()
  }
  throw new Error(`port ${port} does not answer as nats-server does`)
}

async function removePortFiles(dataDir: string): Promise<void> {
  const stale = (await readdir(dataDir)).filter((name) => name.endsWith('.ports'))
  await Promise.all(stale.map((name) => rm(join(dataDir, name), { force: true })))
}
