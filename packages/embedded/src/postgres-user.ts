import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
// Names may be asked of a directory on the network.
const limits = { timeout: 10_000 }

/** How to start a Postgres program: a prefix of the command, and the user to become. */
export interface PostgresUser {
  readonly prefix: readonly string[]
  readonly user: { readonly uid: number; readonly gid: number } | undefined
  /** Who must own the data folder; undefined: whoever runs this. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined
}

/**
 * Postgres refuses to run as root: root becomes the user `postgres`, or else `nobody`. When a folder above one of
 * `paths` is closed to that user (a checkout or a data folder below /root), the programs keep the one capability of
 * passing closed folders instead, by setpriv.
 */
export async function findPostgresUser(paths: readonly string[]): Promise<PostgresUser> {
  if (process.getuid?.() !== 0) return { prefix: [], user: undefined, owner: undefined }
  const owner = (await readUser('postgres')) ?? (await readUser('nobody'))
  if (owner === undefined)
    throw new Error('as root, Postgres needs a user named postgres or nobody')
  const closed = await Promise.all(paths.map((path) => isClosedTo(path, owner)))
  if (!closed.includes(true)) return { prefix: [], user: owner, owner }
  const ids = [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups']
  const caps = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override']
  return { prefix: ['setpriv', ...ids, ...caps, '--'], user: undefined, owner }
}

async function readUser(name: string): Promise<{ uid: number; gid: number } | undefined> {
  try {
    const [uid, gid] = await Promise.all(
      ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, name], limits)).stdout))
    )
    return uid === undefined || gid === undefined ? undefined : { uid, gid }
  } catch (error) {
    // id exits 1 for a user that does not exist.
    if (error instanceof Error && 'code' in error && error.code === 1) return undefined
    throw error
  }
}

async function isClosedTo(path: string, user: { uid: number; gid: number }): Promise<boolean> {
  const folder = dirname(path)
  const { mode, uid, gid } = await stat(folder)
  // path_resolution(7): the search bit of owner, group or others, whichever the user is first.
  const search = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001
  if ((mode & search) === 0) return true
  return folder === dirname(folder) ? false : isClosedTo(folder, user)
}
