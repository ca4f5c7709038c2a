import { readdir } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { exists } from '../process/exists.ts'
import { run } from '../process/run.ts'

/** Programs of the system NetBox needs. */
export interface SystemPrograms {
  /** Folder with initdb, postgres, psql and pg_restore of one version. */
  readonly postgresBin: string
  readonly redisServer: string
  readonly redisCli: string
}

/**
 * Finds Postgres (the server, with the contrib module ltree) and Redis, and what pip needs to compile psycopg. What is
 * missing comes from apt when we are root; otherwise the error names the packages.
 */
export async function ensureSystemPackages(
  options: { readonly mustCompile: boolean; readonly log: (line: string) => void },
  signal: AbortSignal
): Promise<SystemPrograms> {
  const missing = await missingPackages(options.mustCompile)
  if (missing.length > 0) await install(missing, options.log, signal)
  const [postgresBin, redisServer, redisCli] = await Promise.all([
    findPostgresBin(),
    findProgram('redis-server'),
    findProgram('redis-cli')
  ])
  if (postgresBin === undefined) throw new Error('no Postgres server with ltree found')
  if (redisServer === undefined || redisCli === undefined) throw new Error('no Redis found')
  return { postgresBin, redisServer, redisCli }
}

async function missingPackages(mustCompile: boolean): Promise<string[]> {
  const needs: [string, boolean][] = [
    ['postgresql', (await findPostgresBin()) !== undefined],
    ['redis-server', (await findProgram('redis-server')) !== undefined],
    ['redis-tools', (await findProgram('redis-cli')) !== undefined],
    ['gcc', !mustCompile || (await findProgram('gcc')) !== undefined],
    ['libc6-dev', !mustCompile || (await exists('/usr/include/stdio.h'))],
    ['libpq-dev', !mustCompile || (await exists('/usr/include/postgresql/libpq-fe.h'))]
  ]
  return needs.filter(([, isThere]) => !isThere).map(([name]) => name)
}

async function install(
  packages: readonly string[],
  log: (line: string) => void,
  signal: AbortSignal
): Promise<void> {
  const command = `apt-get install ${packages.join(' ')}`
  if (process.getuid?.() !== 0 || (await findProgram('apt-get')) === undefined)
    throw new Error(`a real NetBox needs programs that are missing here; as root: ${command}`)
  log(command)
  // RUNLEVEL=1 keeps Debian's start scripts from starting servers of their own (invoke-rc.d(8)).
  const options = { timeoutMs: 600_000, env: { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' } }
  await run('apt-get', ['update', '-q'], options, signal)
  const args = ['install', '-yq', '--no-install-recommends', ...packages]
  await run('apt-get', args, options, signal)
}

/** Debian keeps the server's programs out of the PATH, one folder per version. */
async function findPostgresBin(): Promise<string | undefined> {
  const root = '/usr/lib/postgresql'
  const versions = (await exists(root)) ? await readdir(root) : []
  for (const version of versions.sort((a, b) => Number(b) - Number(a))) {
    const ltree = `/usr/share/postgresql/${version}/extension/ltree.control`
    const needed = [
      ltree,
      ...['initdb', 'postgres', 'psql', 'pg_restore'].map((name) =>
        join(root, version, 'bin', name)
      )
    ]
    const found = await Promise.all(needed.map(exists))
    if (!found.includes(false)) return join(root, version, 'bin')
  }
  return undefined
}

async function findProgram(name: string): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    if (folder !== '' && (await exists(join(folder, name)))) return join(folder, name)
  }
  return undefined
}
