import { ProxboxError } from '@proxbox/contracts'
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'
import type { Pool } from 'pg'
import { drizzle, sql } from './drizzle.ts'
import { isUnavailable } from './failures.ts'
import { openPool } from './pool.ts'

export interface DatabaseOptions {
  readonly url: string
  readonly applicationName: string
  /** The one schema of this service. */
  readonly schema: string
  /** Connections at most; 5 by default. */
  readonly max?: number
  /** A statement that runs longer is ended by the server; 15,000 by default. */
  readonly statementTimeoutMs?: number
  readonly log?: { warn(data: object, message: string): void }
}

/** What a raw statement answers: its rows. */
interface RowsResult extends PgQueryResultHKT {
  type: this['row'][]
}
type Orm = PgDatabase<RowsResult>
export type Transaction = Parameters<Parameters<Orm['transaction']>[0]>[0]

/** One service's connection to Postgres: a small pool, drizzle over it, and its end. */
export interface Database {
  /** Drizzle over the pool. Its statements throw ProxboxError DATABASE_UNAVAILABLE when Postgres is away. */
  readonly orm: Orm
  /** Runs `work` in one transaction: all or nothing. @throws ProxboxError DATABASE_UNAVAILABLE when Postgres is away. */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>
  /** @throws ProxboxError DATABASE_UNAVAILABLE */
  ping(): Promise<void>
  close(): Promise<void>
  readonly url: string
  readonly schema: string
  /** One connection of its own, for a lock that outlives a statement; the caller ends it. */
  single(statementTimeoutMs: number): { orm: Orm; end(): Promise<void> }
}

const closeTimeoutMs = 5000
const startAttempts = 40
const startPauseMs = 250

/** Says DATABASE_UNAVAILABLE when it is Postgres that is away. */
async function known<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw isUnavailable(error) ? new ProxboxError('DATABASE_UNAVAILABLE', { cause: error }) : error
  }
}

interface Session {
  prepareQuery(...query: unknown[]): { execute(...values: unknown[]): Promise<unknown> }
}

/** Statements outside of a transaction pass through the session too, so that an outage has its name everywhere. */
function nameOutages(orm: Orm): void {
  const { session } = orm as unknown as { session: Session } // there, but not part of drizzle's types; a test holds it
  const prepare = session.prepareQuery.bind(session)
  session.prepareQuery = (...query) => {
    const prepared = prepare(...query)
    const execute = prepared.execute.bind(prepared)
    prepared.execute = (...values) => known(() => execute(...values))
    return prepared
  }
}

/** Connects, waiting up to 10 s for a server that is starting. @throws ProxboxError DATABASE_UNAVAILABLE after that. */
export async function openDatabase(
  options: DatabaseOptions,
  signal?: AbortSignal
): Promise<Database> {
  const connect = (max: number, statementTimeoutMs: number) => {
    const pool = openPool({
      url: options.url,
      applicationName: options.applicationName,
      max,
      statementTimeoutMs,
      onLost: (error) => options.log?.warn({ error }, 'a resting database connection was lost')
    })
    const orm = drizzle(pool, { casing: 'snake_case' }) as unknown as Orm // our pool answers rows
    return { orm, end: () => endWithin(pool, closeTimeoutMs) }
  }
  const { orm, end } = connect(options.max ?? 5, options.statementTimeoutMs ?? 15_000)
  nameOutages(orm)
  const database: Database = {
    orm,
    url: options.url,
    schema: options.schema,
    transaction: (work) => known(() => orm.transaction(work)),
    ping: async () => void (await orm.execute(sql`select 1`)),
    close: end,
    single: (statementTimeoutMs) => connect(1, statementTimeoutMs)
  }
  await waitFor(database, signal)
  return database
}

/** Lets what runs end, but waits no longer than this. */
async function endWithin(pool: Pool, ms: number): Promise<void> {
  if (pool.ended || pool.ending) return
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([pool.end(), late])
  clearTimeout(timer)
}

async function waitFor(database: Database, signal?: AbortSignal): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await database.ping()
    } catch (error) {
      if (
        attempt >= startAttempts ||
        signal?.aborted === true ||
        !(error instanceof ProxboxError)
      ) {
        await database.close()
        throw error
      }
      await new Promise((resolve) => setTimeout(resolve, startPauseMs))
    }
  }
}
