import type { Bus } from '@proxbox/bus'
import {
  errorFacts,
  type Principal,
  ProxboxError,
  type Run,
  type StreamPath,
  streamPaths,
  syncOperation
} from '@proxbox/contracts'
import { formatSseEvent, openSseResponse } from '@proxbox/http'
import { buildApp, problemFrom } from '@proxbox/service-kit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { type Authenticate, checkPermission, tokenFrom } from '../access/token.ts'
import { drained } from '../feed/drained.ts'
import type { FeedFrame, Hub } from '../feed/hub.ts'
import { backendEventOf } from './backend-event.ts'
import { requestFrom } from './door-request.ts'

export interface DoorOptions {
  readonly bus: Pick<Bus, 'ask' | 'call' | 'status'>
  readonly hub: Hub
  readonly authenticate: Authenticate
  readonly version: string
  readonly log: Logger
  /** After so long without an event a comment is sent. */
  readonly heartbeatMs: number
}

const maxBufferedBytes = 4 * 1024 * 1024

/**
 * The plugin door: the old backend's contract, for the NetBox plugin and scripts. It never calls the collector: it
 * enqueues a Run (origin `door`), follows its Frames and writes their Events.
 */
export function buildDoor(options: DoorOptions): FastifyInstance {
  const app = buildApp('gateway', options.log, { problem: doorProblem })
  app.get('/', async () => ({ message: 'Proxbox Backend', version: options.version }))
  app.get('/health', async () => {
    const isReady = options.bus.status() === 'connected'
    return { status: isReady ? 'ready' : 'starting', init_ok: isReady }
  })
  app.get('/version', async () => ({ version: options.version }))
  for (const path of streamPaths)
    app.get(path.path, (request, reply) => stream(path, options, request, reply))
  return app
}

/** Errors before the first byte as the old backend told them: its readers show `detail`, else `message`. */
const doorProblem: typeof problemFrom = (error, request) => {
  const { status, body } = problemFrom(error, request)
  const detail = typeof body.detail === 'string' ? body.detail : error.message
  return {
    status,
    type: 'application/json',
    body: { detail, message: detail, python_exception: null }
  }
}

async function stream(
  path: StreamPath,
  options: DoorOptions,
  request: FastifyRequest,
  reply: FastifyReply
): Promise<void> {
  const { bus, hub, heartbeatMs } = options
  const principal = await options.authenticate(tokenFrom(request.headers))
  checkPermission(principal, { permission: 'netbox_proxbox.enqueue_proxbox_sync', method: 'POST' })
  const body = await requestFrom(path, request.query as Record<string, string | string[]>, bus) // fastify parses no deeper
  const run = await enqueue(path, body, bus, principal)
  reply.hijack()
  const response = openSseResponse(reply.raw, {
    heartbeatMs,
    maxBufferedBytes,
    headers: { connection: 'close' }
  })
  let isComplete = false
  const tell = (event: { event: string; data: unknown }) => {
    if (isComplete) return
    response.write(formatSseEvent(event, 'contract'))
    if (event.event !== 'complete') return
    isComplete = true
    response.end()
  }
  const onFrame = (frame: FeedFrame) => {
    const event = backendEventOf(frame)
    if (event !== undefined) tell(event)
  }
  void response.closed.then(() => (isComplete ? undefined : cancel(run, options, principal)))
  const follower = {
    runId: run.run_id,
    from: 'first' as const,
    onFrame,
    ready: () => drained(reply.raw, response.signal),
    cut: () => reply.raw.destroy(),
    onReset: () => undefined // what follows in the new stream still comes, `complete` too
  }
  try {
    await hub.follow(follower, response.signal)
  } catch (error) {
    options.log.warn({ error, runId: run.run_id }, 'a door stream ended early')
    for (const event of failureOf(path, error)) tell(event)
    // Who was told that it failed does not expect it to write on.
    await cancel(run, options, principal)
  }
}

/** The stream cannot be followed: the caller is told in the contract's words. */
function failureOf(path: StreamPath, error: unknown) {
  const { detail, code, disposition } = errorFacts(error)
  const result = { outcome: 'failed', counts: {}, gaps: [], held: 0, plan: null }
  const failed = { step: path.step, status: 'failed', error: detail, detail, code, disposition }
  const errors = [{ detail, code, disposition }]
  return [
    { event: 'error', data: failed },
    { event: 'complete', data: { ok: false, message: detail, result, errors, errors_total: 1 } }
  ]
}

async function enqueue(
  path: StreamPath,
  body: object,
  bus: DoorOptions['bus'],
  principal: Principal
): Promise<Run> {
  const [type] = path.types
  const operation = syncOperation(
    path.types === 'all' || type === undefined
      ? 'full-update'
      : (type as Parameters<typeof syncOperation>[0])
  ) // one type of the table
  const answer = await bus.ask<Run | Run[]>(operation, { body, principal })
  const [run] = Array.isArray(answer) ? answer : [answer]
  if (run === undefined) throw new ProxboxError('NO_NETBOX_ENDPOINT')
  return run
}

/** A Run whose caller hears no more of it is cancelled. */
async function cancel(run: Run, { bus, log }: DoorOptions, principal: Principal): Promise<void> {
  try {
    const { status } = await bus.call('cancelRun', { params: { id: run.id }, principal })
    log.info({ runId: run.run_id, status }, 'nobody hears the end of a run, it was cancelled')
  } catch (error) {
    log.warn({ error, runId: run.run_id }, 'nobody hears the end of a run, it was not cancelled')
  }
}
