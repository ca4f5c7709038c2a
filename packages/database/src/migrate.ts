import { applyMigrations, drizzle } from './drizzle.ts'
import type { Database } from './open-database.ts'

const lockTimeoutMs = 60_000

/**
 * Brings this service's schema up to date with the committed SQL files (the layout that `drizzle-kit generate` writes).
 * Any number of processes may start at once: an advisory lock lets one migrate while the others wait, up to 60 s.
 */
export async function migrate(
  database: Database,
  source: { readonly folder: string; readonly name: string }
): Promise<void> {
  const client = database.single()
  try {
    await client`select set_config('statement_timeout', ${String(lockTimeoutMs)}, false)`
    await client`select pg_advisory_lock(hashtext(${`proxbox:${source.name}:migrate`}))`
    await client.unsafe(`create schema if not exists "${database.schema}"`)
    await applyMigrations(drizzle(client), {
      migrationsFolder: source.folder,
      migrationsSchema: database.schema,
      migrationsTable: 'migration'
    })
  } finally {
    // The lock belongs to the session and ends with it.
    await client.end({ timeout: 5 })
  }
}
