import {
  and,
  asc,
  type Database,
  eq,
  isNull,
  lte,
  or,
  sql,
  type Transaction
} from '@proxbox/database'
import { leases, type RunRow, runs } from '../db/schema.ts'
import { changeRun } from '../runs/change-run.ts'

/** No lease on its NetBox is running. The database's clock decides, for every orchestrator alike. */
const isFree = sql`not exists (select 1 from ${leases} where ${leases.netbox} = ${runs.netbox} and ${leases.expiresAt} > clock_timestamp())`

/**
 * The oldest Run that is due and whose NetBox is free becomes `running`, and its NetBox is leased, in one transaction.
 * Undefined when there is none, or another orchestrator was first.
 */
export async function takeLease(
  database: Database,
  pausesMs: readonly number[]
): Promise<RunRow | undefined> {
  return await database.transaction(async (tx) => {
    const [due] = await tx
      .select()
      .from(runs)
      .where(and(eq(runs.state, 'queued'), lte(runs.due, sql`clock_timestamp()`), isFree))
      .orderBy(asc(runs.id))
      .limit(1)
      .for('update', { skipLocked: true })
    if (due === undefined) return undefined
    if (!(await claim(tx, due))) return undefined
    const running = await changeRun(tx, due, {
      transition: { type: 'leased', atMs: Date.now() },
      pausesMs
    })
    // Its time was over: it has failed, and the lease was for nothing.
    if (running?.state !== 'running') await drop(tx, due)
    return running
  })
}

/** A whole lease from now on, by the database's clock. */
export const leaseExpiry = (leaseMs: number) =>
  sql`clock_timestamp() + ${leaseMs}::integer * interval '1 millisecond'`

/** False when another Run of the same NetBox got it between our look and now. */
async function claim(tx: Transaction, row: RunRow): Promise<boolean> {
  const values = { run: row.id, attempt: row.attempt + 1, expiresAt: leaseExpiry(row.leaseMs) }
  const claimed = await tx
    .insert(leases)
    .values({ netbox: row.netbox, ...values })
    .onConflictDoUpdate({
      target: leases.netbox,
      set: values,
      setWhere: lte(leases.expiresAt, sql`clock_timestamp()`)
    })
    .returning()
  return claimed.length === 1
}

const drop = async (tx: Transaction, row: RunRow): Promise<void> => {
  await tx.delete(leases).where(and(eq(leases.netbox, row.netbox), eq(leases.run, row.id)))
}

/** Ids of Runs that are `running` with no lease left: their orchestrator or backend is gone. `only`: if this one is. */
export async function readLostRuns(
  database: { readonly orm: Pick<Database['orm'], 'select'> },
  only?: number
): Promise<readonly number[]> {
  const rows = await database.orm
    .select({ id: runs.id })
    .from(runs)
    .leftJoin(
      leases,
      and(eq(leases.netbox, runs.netbox), eq(leases.run, runs.id), eq(leases.attempt, runs.attempt))
    )
    .where(
      and(
        only === undefined ? undefined : eq(runs.id, only),
        eq(runs.state, 'running'),
        or(isNull(leases.netbox), lte(leases.expiresAt, sql`clock_timestamp()`))
      )
    )
    .limit(100)
  return rows.map((row) => row.id)
}

/** Ids of Runs that wait for another attempt although their time is over. */
export async function readOverdueRuns(database: Database): Promise<readonly number[]> {
  const end = sql`${runs.started} + ${runs.timeoutSeconds} * interval '1 second'`
  const rows = await database.orm
    .select({ id: runs.id })
    .from(runs)
    .where(and(eq(runs.state, 'queued'), lte(end, sql`clock_timestamp()`)))
    .limit(100)
  return rows.map((row) => row.id)
}
