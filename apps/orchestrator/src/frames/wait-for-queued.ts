import { setTimeout as pause } from 'node:timers/promises'
import { and, type Database, eq, sql } from '@proxbox/database'
import { outbox } from '../db/schema.ts'

const lookMs = 20
const looks = 250

/**
 * Waits, for at most 5 s, until the Frames that the outbox holds of a Run are published. Two writers at one time would
 * both be heard by plain subscribers, although the stream stores only one of the two.
 */
export async function waitForQueued(
  database: Database,
  runId: string,
  signal: AbortSignal
): Promise<void> {
  for (let look = 0; look < looks; look += 1) {
    const ofRun = and(
      eq(outbox.channel, 'frames'),
      sql`${outbox.parameters} ->> 'run_id' = ${runId}`
    )
    const [row] = await database.orm.select({ id: outbox.id }).from(outbox).where(ofRun).limit(1)
    if (row === undefined) return
    await pause(lookMs, undefined, { signal })
  }
}
