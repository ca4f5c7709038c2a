import type { Venv } from '../process/ensure-venv.ts'
import { findFreePort } from '../process/free-port.ts'
import { stopTogether } from '../process/stop-together.ts'
import type { Ports } from './configuration.ts'
import type { Home } from './home.ts'
import type { RunSql } from './postgres.ts'
import type { RunRedis } from './redis.ts'
import { emptyCopy, saveDatabase } from './template.ts'
import { startWeb } from './web.ts'

/** A second NetBox, as a person makes staging from production: a web server of its own over a copy of the database. */
export interface NetBoxCopy {
  readonly url: string
  /** The first one's database of now takes the place of the copy. */
  restore(): Promise<void>
  /** As a new NetBox; tokens stay. */
  empty(): Promise<void>
  stop(): Promise<void>
}

export interface CopyOptions {
  readonly home: Home
  readonly venv: Venv
  readonly ports: Ports
  readonly sql: RunSql
  readonly redis: RunRedis
}

export const copyName = 'gunicorn-copy'
const DATABASE = 'netbox_second'
// The first NetBox has 0 for its jobs and 1 for its cache.
const redisFirst = 2
const databaseTimeoutMs = 60_000

/** Only one at a time in a home. Ends with stop(), and with this process. */
export async function openCopy(options: CopyOptions, signal: AbortSignal): Promise<NetBoxCopy> {
  const { sql, redis, ...rest } = options
  const within = () => AbortSignal.timeout(databaseTimeoutMs)
  const forget = () => redis(redisFirst + 1, ['flushdb'], within())
  const restore = async () => {
    await saveDatabase(sql, DATABASE, within())
    await forget()
  }
  await restore()
  const port = await findFreePort()
  const together = stopTogether()
  const web = { ...rest, port, workers: 1, threads: 4, hasQueueWorker: false }
  try {
    await startWeb(
      { ...web, name: copyName, database: DATABASE, redisFirst, started: together.add },
      signal
    )
  } catch (error) {
    await together.stop()
    throw error
  }
  return {
    url: `http://127.0.0.1:${port}`,
    restore,
    async empty() {
      await emptyCopy(sql, DATABASE, within())
      await forget()
    },
    stop: together.stop
  }
}
