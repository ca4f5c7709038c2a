import { ProxboxError } from '@proxbox/contracts'
import postgres, { type Sql } from 'postgres'
import { drizzle, sql } from './drizzle.ts'
import { isUnavailable } from './failures.ts'

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

type Orm = ReturnType<typeof drizzle>
export type Transaction = Parameters<Parameters<Orm['transaction']>[0]>[0]

/** One service's connection to Postgres: a small pool, drizzle over it, and its end. */
export interface Database {
  readonly orm: Orm
  /** Runs `work` in one transaction: all or nothing. @throws ProxboxError DATABASE_UNAVAILABLE when Postgres is away. */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>
  /** @throws ProxboxError DATABASE_UNAVAILABLE */
  ping(): Promise<void>
  close(): Promise<void>
  readonly url: string
  readonly schema: string
  /** A connection of its own, for locks that outlive a statement; the caller ends it. */
  single(): Sql
}

const closeTimeoutSeconds = 5
const startAttempts = 40
const startPauseMs = 250

/** Connects, waiting up to 10 s for a server that is starting. @throws ProxboxError DATABASE_UNAVAILABLE after that. */
export async function openDatabase(
  options: DatabaseOptions,
  signal?: AbortSignal
): Promise<Database> {
  const connect = (max: number): Sql =>
    postgres(options.url, {
      max,
      idle_timeout: 60,
      connect_timeout: 5,
      onnotice: () => undefined,
      connection: {
        application_name: options.applicationName,
        statement_timeout: options.statementTimeoutMs ?? 15_000,
        idle_in_transaction_session_timeout: 60_000
      }
    })
  const client = connect(options.max ?? 5)
  const orm = drizzle(client, { casing: 'snake_case' })
  const known = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw isUnavailable(error)
        ? new ProxboxError('DATABASE_UNAVAILABLE', { cause: error })
        : error
    }
  }
  const database: Database = {
    orm,
    url: options.url,
    schema: options.schema,
    transaction: (work) => known(() => orm.transaction(work)),
    ping: () => known(async () => void (await orm.execute(sql`select 1`))),
    close: () => client.end({ timeout: closeTimeoutSeconds }),
    single: () => connect(1)
  }
  await waitFor(database, signal)
  return database
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
