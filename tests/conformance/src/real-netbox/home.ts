import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Where one version of NetBox keeps everything; kept between starts, so that only the first is slow. */
export interface Home {
  readonly folder: string
  readonly venv: string
  readonly pgData: string
  /** Pid files and logs. */
  readonly run: string
  /** NETBOX_ROOT. */
  readonly netboxRoot: string
  readonly secrets: Secrets
}

/** Made once per home: the database keeps the tokens, hashed with the pepper. */
export interface Secrets {
  readonly secretKey: string
  readonly pepper: string
  readonly pgPassword: string
  readonly token: { readonly key: string; readonly secret: string }
  readonly tokenV1: string
}

/** Makes the folders and secrets that are not there yet. */
export async function openHome(folder: string): Promise<Home> {
  const home = {
    folder,
    venv: join(folder, 'venv'),
    pgData: join(folder, 'pg'),
    run: join(folder, 'run'),
    netboxRoot: join(folder, 'netbox')
  }
  await mkdir(home.run, { recursive: true })
  // Postgres runs as another user when we are root, and must be able to walk in.
  for (const open of [folder, home.run]) await chmod(open, 0o755)
  return { ...home, secrets: await readSecrets(join(folder, 'secrets.json')) }
}

async function readSecrets(file: string): Promise<Secrets> {
  try {
    // Written by this function.
    return JSON.parse(await readFile(file, 'utf8')) as Secrets
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
  const secrets: Secrets = {
    // Django and NetBox want at least 50 characters of each.
    secretKey: hex(64),
    pepper: hex(64),
    pgPassword: hex(32),
    // users/models/tokens.py: a v2 token is a key of 12 and a secret of 40 letters and digits.
    token: { key: hex(12), secret: hex(40) },
    tokenV1: hex(40)
  }
  await writeFile(file, JSON.stringify(secrets), { mode: 0o600 })
  return secrets
}

function hex(length: number): string {
  return randomBytes(length / 2).toString('hex')
}
