import { setTimeout as sleep } from 'node:timers/promises'
import { apiPrefix, type Run } from '@proxbox/contracts'
import { followSse, HttpAborted, HttpStatusError } from '@proxbox/http'
import type { Api } from './api.ts'

export interface FollowedEvent {
  readonly event: string
  readonly data: Record<string, unknown>
}

const idleTimeoutMs = 45_000
const firstByteTimeoutMs = 20_000
const maxEventBytes = 128 * 1024
const reconnects = 60
const pauseMs = 1000

/** The events of a Run until its `complete`; a lost connection is taken up again where it broke. */
export async function* followRun(
  api: Api,
  run: Pick<Run, 'run_id'>,
  signal: AbortSignal
): AsyncGenerator<FollowedEvent> {
  let lastId: string | undefined
  let failures = 0
  while (failures <= reconnects) {
    let hasGap = false
    try {
      for await (const message of openFeed(api, run, lastId, signal)) {
        failures = 0
        lastId = message.id ?? lastId
        const data = JSON.parse(message.data) as Record<string, unknown> // a Frame, or a notice of the gateway
        yield { event: message.event, data }
        if (message.event === 'complete') return
        hasGap = message.event === 'gap'
      }
      // Nothing came after it: the Frames of a Run that is over are kept no longer.
      if (hasGap) return
    } catch (error) {
      if (signal.aborted || isFinal(error)) throw error
    }
    failures += 1
    await sleep(pauseMs, undefined, { signal })
  }
  throw new Error(
    `The events of Run ${run.run_id} could not be followed to their end: look at it with "proxbox show ${run.run_id}".`
  )
}

/** A refusal stays one; an answer of 500 and more comes from a gateway that is starting again. */
const isFinal = (error: unknown): boolean =>
  error instanceof HttpAborted || (error instanceof HttpStatusError && error.status < 500)

async function* openFeed(
  api: Api,
  run: Pick<Run, 'run_id'>,
  lastId: string | undefined,
  signal: AbortSignal
) {
  const path = `${apiPrefix}/runs/${run.run_id}/events/`
  const headers = lastId === undefined ? api.headers : { ...api.headers, 'last-event-id': lastId }
  for await (const message of followSse(
    { client: api.http, path, headers, firstByteTimeoutMs, idleTimeoutMs, maxEventBytes },
    signal
  )) {
    if ('event' in message) yield message
  }
}
