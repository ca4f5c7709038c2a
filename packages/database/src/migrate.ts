import { applyMigrations, sql } from './drizzle.ts'
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
  const { orm, end } = database.single(lockTimeoutMs)
  try {
    await orm.execute(sql`select pg_advisory_lock(hashtext(${`proxbox:${source.name}:migrate`}))`)
    await orm.execute(sql`create schema if not exists ${sql.identifier(database.schema)}`)
    await applyMigrations(orm, {
      migrationsFolder: source.folder,
      migrationsSchema: database.schema,
      migrationsTable: 'migration'
    })
  } finally {
    // The lock belongs to the session and ends with it.
    await end()
  }
}
