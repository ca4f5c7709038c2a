import pLimit from 'p-limit'
import type { Sql } from 'postgres'
import { drizzle } from './drizzle.ts'

type Orm = ReturnType<typeof drizzle>

/** Opens a client with one connection; `onLost` is called whenever that connection is closed. */
export type OpenClient = (onLost: () => void) => Sql

export interface Transactions {
  run<T>(work: (tx: Orm) => Promise<T>): Promise<T>
  end(timeoutSeconds: number): Promise<void>
}

/** postgres.js reconnects by itself: without this a transaction would go on outside of itself, on a new connection. */
class ConnectionLost extends Error {
  readonly code = 'CONNECTION_CLOSED'

  constructor() {
    super('the connection was lost within a transaction')
    this.name = 'ConnectionLost'
  }
}

interface Lane {
  readonly client: Sql
  readonly orm: Orm
  isLost: boolean
}

/**
 * Transactions on connections of their own, one at a time each. postgres.js 3.4's own `begin` writes to a socket that is
 * gone when its connection dies, which ends the process (porsager/postgres 1208); with one connection per client, plain
 * BEGIN and COMMIT do the same without that, as long as nothing is sent once the connection is lost.
 */
export function openTransactions(count: number, open: OpenClient): Transactions {
  const lanes = Array.from({ length: count }, () => openLane(open))
  const free = [...lanes]
  const limit = pLimit(count)
  return {
    run: (work) =>
      limit(async () => {
        const lane = free.pop()
        if (lane === undefined) throw new Error('more transactions than connections')
        try {
          return await runOn(lane, work)
        } finally {
          free.push(lane)
        }
      }),
    async end(timeout) {
      await Promise.all(lanes.map(({ client }) => client.end({ timeout })))
    }
  }
}

function openLane(open: OpenClient): Lane {
  const client = open(() => {
    lane.isLost = true
  })
  const guarded = new Proxy(client, {
    get(target, name) {
      if (name === 'unsafe' && lane.isLost) throw new ConnectionLost()
      return Reflect.get(target, name)
    }
  })
  const lane: Lane = { client, orm: drizzle(guarded, { casing: 'snake_case' }), isLost: false }
  return lane
}

async function runOn<T>(lane: Lane, work: (tx: Orm) => Promise<T>): Promise<T> {
  await lane.client.unsafe('begin')
  lane.isLost = false
  try {
    const result = await work(lane.orm)
    if (lane.isLost) throw new ConnectionLost()
    await lane.client.unsafe('commit')
    return result
  } catch (error) {
    // A lost connection has rolled back by itself.
    if (!lane.isLost) await lane.client.unsafe('rollback').catch(() => undefined)
    throw error
  }
}
