import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type BusUser, foreignUsers, serviceNames } from '@proxbox/contracts'
import { createNkey } from '@proxbox/embedded'

/** What a home holds, by path; secrets are files of mode 0600. */
export interface Home {
  readonly path: string
  readonly adminTokenFile: string
  readonly encryptionKeyFile: string
  readonly backendTokenFile: string
  readonly natsDir: string
  readonly postgresDir: string
  readonly logsDir: string
  /** The gateway's URL, while the stack runs. */
  readonly urlFile: string
  /** The bus's URL, while the stack runs. */
  readonly natsUrlFile: string
  readonly seedFile: (user: BusUser) => string
}

const busUsers: readonly BusUser[] = [...serviceNames, ...foreignUsers]

/** Pure: the layout of a home. */
export function homeAt(path: string): Home {
  return {
    path,
    adminTokenFile: join(path, 'admin-token'),
    encryptionKeyFile: join(path, 'encryption-key'),
    backendTokenFile: join(path, 'backend-token'),
    natsDir: join(path, 'nats'),
    postgresDir: join(path, 'postgres'),
    logsDir: join(path, 'logs'),
    urlFile: join(path, 'url'),
    natsUrlFile: join(path, 'nats-url'),
    seedFile: (user) => join(path, 'nkeys', `${user}.seed`)
  }
}

/** Makes what is missing of a home: folders and secrets; what is there stays. */
export async function prepareHome(path: string): Promise<Home> {
  const home = homeAt(path)
  // 0711: as root, Postgres runs under another user, who must pass to its own folder but may list nothing.
  await mkdir(path, { recursive: true, mode: 0o700 })
  await chmod(path, process.getuid?.() === 0 ? 0o711 : 0o700)
  await mkdir(home.logsDir, { recursive: true, mode: 0o700 })
  await mkdir(join(path, 'nkeys'), { recursive: true, mode: 0o700 })
  await ensureSecret(home.adminTokenFile, () => randomBytes(20).toString('hex'))
  await ensureSecret(home.encryptionKeyFile, () => randomBytes(32).toString('base64'))
  await ensureSecret(home.backendTokenFile, () => randomBytes(32).toString('base64url'))
  return home
}

/** The public keys of all users of the embedded bus; their seeds are made at the first start. */
export async function readPublicKeys(home: Home): Promise<Record<BusUser, string>> {
  const keys: Partial<Record<BusUser, string>> = {}
  for (const user of busUsers) keys[user] = await ensureNkey(home, user)
  return keys as Record<BusUser, string> // every user of the list has one now
}

async function ensureNkey(home: Home, user: BusUser): Promise<string> {
  const publicFile = home.seedFile(user).replace(/seed$/, 'pub')
  const known = (await readIfThere(publicFile))?.trim()
  if (known && (await readIfThere(home.seedFile(user)))) return known
  const { seed, publicKey } = createNkey()
  await writeWhole(home.seedFile(user), seed)
  await writeWhole(publicFile, publicKey)
  return publicKey
}

async function ensureSecret(file: string, make: () => string): Promise<void> {
  if ((await readIfThere(file))?.trim()) return
  await writeWhole(file, make())
}

/** A file is whole or not there: a secret cut short by a crash would lock its owner out. */
export async function writeWhole(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, `${text}\n`, { mode: 0o600 })
  await rename(`${file}.new`, file)
}

export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
