import { sql } from './drizzle.ts'
import type { Transaction } from './open-database.ts'

/** Takes an advisory lock until the transaction ends; false: another process has it, and it does the work. */
export async function tryLock(tx: Transaction, name: string): Promise<boolean> {
  const [lock] = await tx.execute<{ held: boolean }>(
    sql`select pg_try_advisory_xact_lock(hashtext(${name})) as held`
  )
  return lock?.held === true
}
