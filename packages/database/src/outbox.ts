import { asc, bigint, inArray, jsonb, type pgSchema, sql, text, timestamp } from './drizzle.ts'
import type { Database } from './open-database.ts'
import { tryLock } from './try-lock.ts'

/** A message stored in the transaction that caused it; published afterwards, at least once, in order. */
export const outboxTable = (schema: ReturnType<typeof pgSchema>) =>
  schema.table('outbox', {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    channel: text().notNull(),
    parameters: jsonb().$type<Record<string, string | number>>().notNull(),
    payload: jsonb().$type<Record<string, unknown>>().notNull(),
    /** Names the message: published twice, it is stored once. */
    messageId: text().notNull().default(sql`gen_random_uuid()::text`),
    createdAt: timestamp({ withTimezone: true, mode: 'date' }).notNull().defaultNow()
  })

export type OutboxTable = ReturnType<typeof outboxTable>
export type OutboxRow = OutboxTable['$inferSelect']

export interface OutboxOptions {
  readonly database: Database
  readonly table: OutboxTable
  readonly publish: (row: OutboxRow) => Promise<void>
  /** Pause between looks when nobody wakes it; 2,000 by default. */
  readonly pollMs?: number
  /** A look begins no further publish after this; 10,000 by default. */
  readonly lookMs?: number
  readonly log: { warn(data: object, message: string): void }
}

export interface Outbox {
  /** There is something new: look at once. */
  wake(): void
  stop(): Promise<void>
}

const rowsPerLook = 200
// A slow bus must not hold a transaction open until the server ends it (60 s): a look begins no publish after this.
const defaultLookMs = 10_000

/**
 * Publishes rows in the order of their ids and deletes them afterwards. Several processes may run one: a look takes the
 * rows under a transaction lock. A publish that fails is tried again, so a crash loses nothing; what a crash between
 * publish and delete sends twice carries the same message id.
 */
export function startOutbox(options: OutboxOptions): Outbox {
  const { log, pollMs = 2000 } = options
  let isStopping = false
  let wakeUp: () => void = () => undefined
  let isWoken = false

  const run = async () => {
    while (!isStopping) {
      isWoken = false
      const hasMore = await look(options, () => isStopping).catch((error: unknown) => {
        log.warn({ error }, 'outbox could not look')
        return false
      })
      if (hasMore || isWoken) continue
      await pause()
    }
  }
  const pause = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, pollMs)
      wakeUp = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  const running = run()
  const wake = () => {
    isWoken = true
    wakeUp()
  }
  return {
    wake,
    async stop() {
      isStopping = true
      wake()
      await running
    }
  }
}

/** True: more rows may wait, and nothing speaks against publishing them at once. */
async function look(options: OutboxOptions, isStopping: () => boolean): Promise<boolean> {
  const { database, table, lookMs = defaultLookMs } = options
  return await database.transaction(async (tx) => {
    if (!(await tryLock(tx, `proxbox:${database.schema}:outbox`))) return false
    const endsAt = Date.now() + lookMs
    const rows = await tx.select().from(table).orderBy(asc(table.id)).limit(rowsPerLook)
    const sent: number[] = []
    let hasFailed = false
    for (const row of rows) {
      if (isStopping() || Date.now() >= endsAt) break
      hasFailed = !(await isPublished(row, options))
      if (hasFailed) break
      sent.push(row.id)
    }
    if (sent.length > 0) await tx.delete(table).where(inArray(table.id, sent))
    return !hasFailed && (sent.length < rows.length || rows.length === rowsPerLook)
  })
}

/** False: not now; what was sent before it is still deleted. */
async function isPublished(row: OutboxRow, { publish, log }: OutboxOptions): Promise<boolean> {
  try {
    await publish(row)
    return true
  } catch (error) {
    log.warn({ error, channel: row.channel }, 'outbox could not publish')
    return false
  }
}
