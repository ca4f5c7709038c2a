import type { Bus } from '@proxbox/bus'
import { inArray } from '@proxbox/database'
import { openExpiry } from '../approvals/expire-runs.ts'
import { runs } from '../db/schema.ts'
import { takeLease } from '../leases/take-lease.ts'
import { type Attempt, startAttempt } from './attempt.ts'
import type { AttemptParts } from './follow-attempt.ts'
import { recoverRuns } from './recover-runs.ts'

export interface WorkerParts extends AttemptParts {
  readonly bus: Pick<
    Bus,
    'ask' | 'publish' | 'lastOf' | 'work' | 'listen' | 'streamInfo' | 'ensureStreams'
  >
  readonly pollMs: number
  readonly concurrency: number
  /** Called when a transaction may have left something in the outbox. */
  readonly wakeOutbox: () => void
}

export interface Worker {
  wake(): void
  /** Cuts what it follows; another orchestrator goes on once the leases have run out. */
  stop(): Promise<void>
}

/** Approvals last for days: they are looked at once a minute. */
const ticksPerExpiry = 12

/** Looks for due and expired Runs when woken and every few seconds, and follows several at once. */
export async function startWorker(parts: WorkerParts): Promise<Worker> {
  const active = new Map<string, Attempt>()
  let isStopping = false
  let isWoken = false
  let endPause: () => void = () => undefined
  const wake = () => {
    isWoken = true
    endPause()
  }
  const begin = (attempt: Attempt) => {
    const key = `${attempt.row.runId}:${attempt.row.attempt}`
    active.set(key, attempt)
    void attempt.done.then(() => {
      active.delete(key)
      parts.wakeOutbox()
      wake()
    })
  }
  const fill = async () => {
    while (!isStopping && active.size < parts.concurrency) {
      const row = await takeLease(parts.database, parts.pausesMs)
      if (row === undefined) return
      if (row.state === 'running') begin(startAttempt(row, parts))
      else parts.wakeOutbox()
    }
  }
  const expiry = openExpiry({ ...parts, everyMs: parts.pollMs * ticksPerExpiry })
  const tick = async () => {
    expiry.tick()
    if ((await recoverRuns(parts.database, parts.pausesMs)) > 0) parts.wakeOutbox()
    await checkActive(parts, active)
    await fill()
    await keepStreams(parts)
  }
  const pause = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, parts.pollMs)
      endPause = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  const loop = async () => {
    while (!isStopping) {
      isWoken = false
      await tick().catch((error: unknown) => parts.log.warn({ error }, 'could not look for Runs'))
      if (!isWoken && !isStopping) await pause()
    }
  }
  const wakeUps = await parts.bus.work(wake)
  const cancels = await parts.bus.listen('cancel', ({ payload }) => {
    const runId = Reflect.get(Object(payload), 'run_id')
    for (const attempt of active.values()) if (attempt.row.runId === runId) attempt.cancel()
  })
  const looping = loop()
  return {
    wake,
    async stop() {
      isStopping = true
      wake()
      await wakeUps.stop()
      await cancels.stop()
      await looping
      await expiry.stop()
      for (const attempt of active.values()) attempt.cut('stopping')
      await Promise.all([...active.values()].map((attempt) => attempt.done))
    }
  }
}

/** An emptied store gets its streams back; a bus that is away is no reason not to look at the table. */
async function keepStreams({ bus, log }: WorkerParts): Promise<void> {
  try {
    await bus.streamInfo('EVENTS').catch(() => bus.ensureStreams('orchestrator'))
  } catch (error) {
    log.warn({ error }, 'streams were not found')
  }
}

/** A notice may be lost, so the table is asked what became of the Runs that we follow. */
async function checkActive(
  { database }: WorkerParts,
  active: ReadonlyMap<string, Attempt>
): Promise<void> {
  if (active.size === 0) return
  const attempts = [...active.values()]
  const rows = await database.orm
    .select()
    .from(runs)
    .where(
      inArray(
        runs.id,
        attempts.map((attempt) => attempt.row.id)
      )
    )
  for (const attempt of attempts) {
    const row = rows.find((one) => one.id === attempt.row.id)
    if (row === undefined || row.attempt !== attempt.row.attempt || row.state !== 'running')
      attempt.cut('replaced')
    else if (row.cancelRequested) attempt.cancel()
  }
}
