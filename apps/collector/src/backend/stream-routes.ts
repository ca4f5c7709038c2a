import {
  type BackendEvent,
  leaseHeaders,
  ProxboxError,
  type StreamPath,
  streamPaths
} from '@proxbox/contracts'
import { formatSseEvent, openSseResponse } from '@proxbox/http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { LeaseClaim } from '../lease/lease.ts'
import { type StreamQuery, streamQueryFrom } from './query.ts'
import { isToken, tokenFrom } from './token.ts'

export interface StreamRun {
  readonly path: StreamPath
  readonly query: StreamQuery
  readonly emit: (event: BackendEvent) => void
  readonly readerGone: AbortSignal
}

export interface BackendOptions {
  readonly token: string
  readonly version: string
  /** Everything before the first byte, so that refusals are plain JSON: joins the lease. */
  readonly prepare: (
    claim: LeaseClaim,
    readerGone: AbortSignal
  ) => Promise<{ run: (stream: StreamRun) => Promise<void> }>
}

const heartbeatMs = 15_000
const maxBufferedBytes = 4 * 1024 * 1024

/** The backend contract: eleven event streams, `/health`, `/version`, `/capabilities`. */
export function registerBackend(app: FastifyInstance, options: BackendOptions): void {
  app.get('/health', async () => ({ status: 'ready', init_ok: true }))
  app.get('/version', async () => ({ version: options.version }))
  app.get(
    '/capabilities',
    { onRequest: async (request) => checkToken(request, options) },
    async () => capabilities
  )
  for (const path of streamPaths) {
    app.get(
      path.path,
      { onRequest: async (request) => checkToken(request, options) },
      (request, reply) => stream(path, options, request, reply)
    )
  }
}

/** What the orchestrator may ask of this backend. */
const capabilities = {
  modes: ['sync', 'plan', 'apply', 'undo'],
  subset: true,
  scopes: ['proxmox_endpoint_ids', 'netbox_vm_ids'],
  lease: true
}

function checkToken(request: FastifyRequest, options: BackendOptions): void {
  const token = tokenFrom(request.headers)
  if (token === '') throw new ProxboxError('TOKEN_MISSING')
  if (!isToken(token, options.token)) throw new ProxboxError('TOKEN_INVALID')
}

function claimFrom(request: FastifyRequest): LeaseClaim {
  const runId = request.headers[leaseHeaders.run]
  const attempt = Number(request.headers[leaseHeaders.attempt])
  if (
    typeof runId !== 'string' ||
    !/^[0-9a-f-]{36}$/.test(runId) ||
    !Number.isInteger(attempt) ||
    attempt < 1
  )
    throw new ProxboxError('LEASE_MISSING')
  return { runId, attempt }
}

async function stream(
  path: StreamPath,
  options: BackendOptions,
  request: FastifyRequest,
  reply: FastifyReply
): Promise<void> {
  const query = streamQueryFrom(request.query as Record<string, string | string[]>) // fastify parses no deeper
  const claim = claimFrom(request)
  // The reply's own close tells that the reader is gone; request.signal also aborts once a body was read.
  const gone = new AbortController()
  reply.raw.once('close', () =>
    gone.abort(new ProxboxError('LEASE_LOST', { run: claim.runId, attempt: claim.attempt }))
  )
  const { run } = await options.prepare(claim, gone.signal)
  reply.hijack()
  const response = openSseResponse(reply.raw, {
    heartbeatMs,
    maxBufferedBytes,
    headers: { connection: 'close' }
  })
  const emit = (event: BackendEvent) => {
    response.write(formatSseEvent({ event: event.event, data: event.data }, 'contract'))
  }
  try {
    await run({ path, query, emit, readerGone: gone.signal })
  } catch (error) {
    request.log.error({ error, runId: claim.runId }, 'a sync ended without its complete event')
  } finally {
    response.end()
  }
}
