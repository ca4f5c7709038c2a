import { defaultSettings, type Settings } from '@proxbox/contracts'
import { type Database, eq } from '@proxbox/database'
import { installation } from '../db/schema.ts'

/** The settings: what was stored over the defaults. */
export async function readSettings(database: Database): Promise<Settings> {
  const [row] = await database.orm.select().from(installation)
  return { ...defaultSettings, ...(row?.settings as Partial<Settings> | undefined) } // written by updateSettings only
}

export async function updateSettings(
  database: Database,
  change: Partial<Settings>
): Promise<Settings> {
  return await database.transaction(async (tx) => {
    const [row] = await tx.select().from(installation).for('update')
    const settings = { ...(row?.settings as Partial<Settings> | undefined), ...change } // as above
    await tx.update(installation).set({ settings }).where(eq(installation.id, 1))
    return { ...defaultSettings, ...settings }
  })
}
