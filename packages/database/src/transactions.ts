import pLimit from 'p-limit'
import type { Sql } from 'postgres'
import { drizzle } from './drizzle.ts'
import { NoAnswer, within } from './within.ts'

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

const beginTimeoutMs = 8000
// The server ends a transaction that rests for 60 s.
const workTimeoutMs = 60_000

/**
 * Transactions on connections of their own, one at a time each. postgres.js 3.4's own `begin` writes to a socket that is
 * gone when its connection dies, which ends the process (porsager/postgres 1208); with one connection per client, plain
 * BEGIN and COMMIT do the same without that, as long as nothing is sent once the connection is lost.
 */
export function openTransactions(count: number, open: OpenClient): Transactions {
  const lanes = new Set(Array.from({ length: count }, () => openLane(open)))
  const free = [...lanes]
  const limit = pLimit(count)
  /** A driver that does not answer is left behind, and a new one takes its place. */
  const renewed = (old: Lane): Lane => {
    const fresh = openLane(open)
    lanes.delete(old)
    lanes.add(fresh)
    old.isLost = true
    old.client.end({ timeout: 0 }).catch(() => undefined) // it is given up either way
    return fresh
  }
  return {
    run: (work) =>
      limit(async () => {
        let lane = free.pop()
        if (lane === undefined) throw new Error('more transactions than connections')
        try {
          return await runOn(lane, work)
        } catch (error) {
          if (error instanceof NoAnswer) lane = renewed(lane)
          throw error
        } finally {
          free.push(lane)
        }
      }),
    async end(timeout) {
      await Promise.all([...lanes].map(({ client }) => client.end({ timeout })))
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
  await within(beginTimeoutMs, lane.client.unsafe('begin'))
  lane.isLost = false
  return await within(workTimeoutMs, workAndEnd(lane, work))
}

async function workAndEnd<T>(lane: Lane, work: (tx: Orm) => Promise<T>): Promise<T> {
  const { client } = lane
  try {
    const result = await work(lane.orm)
    if (lane.isLost) throw new ConnectionLost()
    await client.unsafe('commit')
    return result
  } catch (error) {
    // A lost connection has rolled back by itself.
    if (!lane.isLost) await client.unsafe('rollback').catch(() => undefined)
    throw error
  }
}
