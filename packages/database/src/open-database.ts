import { ProxboxError } from '@proxbox/contracts'
import postgres, { type Sql } from 'postgres'
import { drizzle, sql } from './drizzle.ts'
import { isUnavailable } from './failures.ts'
import { openTransactions } from './transactions.ts'
import { NoAnswer, within } from './within.ts'

export interface DatabaseOptions {
  readonly url: string
  readonly applicationName: string
  /** The one schema of this service. */
  readonly schema: string
  /** A statement that runs longer is ended by the server; 15,000 by default. */
  readonly statementTimeoutMs?: number
  readonly log?: { warn(data: object, message: string): void }
}

type Orm = ReturnType<typeof drizzle>
/** Drizzle within one transaction. */
export type Transaction = Orm

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

const closeTimeoutSeconds = 5
const transactionsAtOnce = 3
const statementsAtOnce = 2
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
  client: Sql
  prepareQuery(...query: unknown[]): { execute(...values: unknown[]): Promise<unknown> }
}

const answerGraceMs = 5000

/**
 * Statements outside of a transaction pass through the session too, so that an outage has its name everywhere; a driver
 * that does not answer is left behind, and a new one takes its place. Drizzle (0.45) has no hook for that: it wraps every
 * failure in a DrizzleQueryError and throws that itself, so a client that names outages would only become its cause.
 */
function nameOutages(orm: Orm, timeoutMs: number, open: () => Sql): () => Sql {
  const { session } = orm as unknown as { session: Session } // there, but not part of drizzle's types; a test holds it
  const prepare = session.prepareQuery.bind(session)
  const renew = (old: Sql) => {
    if (session.client !== old) return
    session.client = open()
    old.end({ timeout: 0 }).catch(() => undefined) // it is given up either way
  }
  session.prepareQuery = (...query) => {
    const { client } = session
    const prepared = prepare(...query)
    const execute = prepared.execute.bind(prepared)
    const answered = (values: unknown[]) => within(timeoutMs + answerGraceMs, execute(...values))
    prepared.execute = (...values) =>
      known(() =>
        answered(values).catch((error: unknown) => {
          if (error instanceof NoAnswer) renew(client)
          throw error
        })
      )
    return prepared
  }
  return () => session.client
}

/** Connects, waiting up to 10 s for a server that is starting. @throws ProxboxError DATABASE_UNAVAILABLE after that. */
export async function openDatabase(
  options: DatabaseOptions,
  signal?: AbortSignal
): Promise<Database> {
  const timeoutMs = options.statementTimeoutMs ?? 15_000
  // Drizzle sets how the client reads dates and JSON; a later client needs that as well.
  const openStatements = () =>
    drizzle(openClient(options, { max: statementsAtOnce, timeoutMs }), { casing: 'snake_case' })
      .$client
  const transactions = openTransactions(transactionsAtOnce, (onLost) =>
    openClient(options, { max: 1, timeoutMs, onLost })
  )
  const orm = drizzle(openStatements(), { casing: 'snake_case' })
  const currentClient = nameOutages(orm, timeoutMs, openStatements)
  const database: Database = {
    orm,
    url: options.url,
    schema: options.schema,
    transaction: (work) => known(() => transactions.run(work)),
    ping: async () => void (await orm.execute(sql`select 1`)),
    close: async () => {
      await Promise.all([
        currentClient().end({ timeout: closeTimeoutSeconds }),
        transactions.end(closeTimeoutSeconds)
      ])
    },
    single(statementTimeoutMs) {
      const own = openClient(options, { max: 1, timeoutMs: statementTimeoutMs })
      return {
        orm: drizzle(own, { casing: 'snake_case' }),
        end: () => own.end({ timeout: closeTimeoutSeconds })
      }
    }
  }
  await waitFor(database, signal)
  return database
}

interface ClientOptions {
  readonly max: number
  readonly timeoutMs: number
  readonly onLost?: () => void
}

/** Connections are opened when needed, given up after 60 s of rest, and replaced when they are lost. */
function openClient(
  { url, applicationName }: DatabaseOptions,
  { max, timeoutMs, onLost }: ClientOptions
): Sql {
  return postgres(url, {
    max,
    idle_timeout: 60,
    max_lifetime: null,
    connect_timeout: 5,
    backoff: (retries) => Math.min(2, 0.1 * 2 ** retries),
    onnotice: () => undefined,
    onclose: () => onLost?.(),
    connection: {
      application_name: applicationName,
      statement_timeout: timeoutMs,
      idle_in_transaction_session_timeout: 60_000
    }
  })
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
