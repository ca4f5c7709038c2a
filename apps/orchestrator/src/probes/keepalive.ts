import type { Bus } from '@proxbox/bus'
import type { KeepaliveReply } from '@proxbox/contracts'
import { HttpError, type HttpResponse } from '@proxbox/http'
import type { Static } from 'typebox'
import { type Backend, openBackend } from '../attempts/backend.ts'

type Reply = Static<typeof KeepaliveReply>

/** Does a sync backend answer, and does it take our token? The registry hears of it. */
export async function keepaliveBackend(
  bus: Pick<Bus, 'ask'>,
  id: number,
  signal: AbortSignal
): Promise<Reply> {
  const backend = await openBackend(bus, id, signal)
  try {
    const reply = await probe(backend, signal)
    const body = {
      kind: 'fastapi',
      id: backend.connection.id,
      reachable: reply.http_status !== null,
      detail: reply.detail.slice(0, 600)
    }
    await bus.ask('reportReachability', { body }, signal)
    return reply
  } finally {
    await backend.client.close()
  }
}

async function probe({ connection, client }: Backend, signal: AbortSignal): Promise<Reply> {
  const url = new URL(connection.base_url)
  const target = {
    target_address: url.hostname,
    target_port: Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  }
  const get = (path: string): Promise<HttpResponse> =>
    client.request({ method: 'GET', path }, signal)
  try {
    const health = await get('/health')
    const version = await get('/version')
    // Ours wants its token here; existing backends do not know the path, so that nothing is known of the token.
    const authentication = authenticationOf((await get('/capabilities')).status)
    const isHealthy = health.status === 200 && version.status === 200
    const isOk = isHealthy && authentication !== 'failed'
    return {
      ...target,
      status: isOk ? 'success' : 'error',
      authentication,
      api_access: isHealthy ? 'ok' : 'failed',
      detail: detailOf(connection.name, { health, version, authentication }),
      http_status: isHealthy ? version.status : health.status
    }
  } catch (error) {
    if (!(error instanceof HttpError)) throw error
    const unknown = { authentication: 'unknown', api_access: 'unknown', http_status: null } as const
    return { ...target, ...unknown, status: 'error', detail: error.message }
  }
}

const authenticationOf = (status: number): Reply['authentication'] =>
  status === 200 ? 'ok' : status === 401 || status === 403 ? 'failed' : 'unknown'

function detailOf(
  name: string,
  found: { health: HttpResponse; version: HttpResponse; authentication: string }
): string {
  if (found.health.status !== 200)
    return `The sync backend ${name} answered /health with ${found.health.status}.`
  if (found.version.status !== 200)
    return `The sync backend ${name} answered /version with ${found.version.status}.`
  return found.authentication === 'failed'
    ? `The sync backend ${name} answers but refuses the token: set the token that it wants.`
    : `The sync backend ${name} answers.`
}
