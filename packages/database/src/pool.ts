import pg from 'pg'

type Rows = unknown[] & { rows: unknown[]; rowCount: number | null }

/** The rows themselves, which also say what the driver's result says: drizzle hands raw results on as they are. */
const rowsOf = ({ rows, rowCount }: pg.QueryResult): Rows =>
  Object.assign([...rows], { rows, rowCount })

/** A connection whose promised results are arrays of rows. */
class RowsClient extends pg.Client {
  // The driver's many forms of `query` in one: a callback (the pool uses one) gets what the driver gives.
  override query = ((...parts: Parameters<pg.Client['query']>): unknown => {
    const answer: unknown = super.query(...parts)
    return answer instanceof Promise ? answer.then(rowsOf) : answer
  }) as unknown as pg.Client['query']
}

class RowsPool extends pg.Pool {
  override query = ((...parts: Parameters<pg.Client['query']>): unknown => {
    const answer: unknown = super.query(...parts)
    return answer instanceof Promise ? answer.then(rowsOf) : answer
  }) as unknown as pg.Pool['query']
}

export interface PoolOptions {
  readonly url: string
  readonly applicationName: string
  readonly max: number
  readonly statementTimeoutMs: number
  readonly onLost: (error: Error) => void
}

const networkGraceMs = 10_000

/** Connections that are opened when needed, given up after 60 s of rest, and replaced when they are lost. */
export function openPool(options: PoolOptions): pg.Pool {
  const pool = new RowsPool({
    Client: RowsClient,
    connectionString: options.url,
    application_name: options.applicationName,
    max: options.max,
    idleTimeoutMillis: 60_000,
    connectionTimeoutMillis: 5000,
    keepAlive: true,
    statement_timeout: options.statementTimeoutMs,
    // A server that is gone without a word: the server's own limit would never be heard.
    query_timeout: options.statementTimeoutMs + networkGraceMs,
    idle_in_transaction_session_timeout: 60_000
  })
  pool.on('error', options.onLost)
  // Whoever uses a connection learns of its loss by the statement; the event alone must not end the process.
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}
