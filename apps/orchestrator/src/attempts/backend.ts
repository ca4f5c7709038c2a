import type { Bus } from '@proxbox/bus'
import { ProxboxError, runModes } from '@proxbox/contracts'
import {
  HttpAborted,
  type HttpResponse,
  HttpStatusError,
  type HttpStreamClient,
  HttpTimeout,
  HttpTlsError,
  openHttpClient
} from '@proxbox/http'
import Type, { type Static } from 'typebox'
import { Value } from 'typebox/value'

export interface BackendConnection {
  readonly id: number
  readonly name: string
  readonly base_url: string
  readonly token: string
  readonly verify_ssl: boolean
  readonly built_in: boolean
}

/** What a backend says that it can do; one that says nothing can only sync everything, stage by stage. */
const Capabilities = Type.Object({
  modes: Type.Array(Type.String()),
  subset: Type.Boolean(),
  scopes: Type.Array(Type.String()),
  lease: Type.Boolean()
})
export type Capabilities = Static<typeof Capabilities>
export const noCapabilities: Capabilities = {
  modes: [runModes[0]],
  subset: false,
  scopes: [],
  lease: false
}

export interface Backend {
  readonly connection: BackendConnection
  readonly client: HttpStreamClient
}

const callTimeoutMs = 10_000

/** Opens a client for a backend; null is the built-in one. The caller closes it. */
export async function openBackend(
  bus: Pick<Bus, 'ask'>,
  id: number | null,
  signal: AbortSignal
): Promise<Backend> {
  const connection = await bus.ask<BackendConnection>(
    'readBackendConnection',
    { body: { id } },
    signal
  )
  const { token } = connection
  const client = openHttpClient({
    baseUrl: connection.base_url,
    // Our backend reads the first, existing ones either.
    headers: token === '' ? {} : { authorization: `Bearer ${token}`, 'x-proxbox-api-key': token },
    trust: { mode: connection.verify_ssl ? 'verify' : 'off' },
    connections: 4,
    timeoutMs: callTimeoutMs,
    maxBodyBytes: 1024 * 1024
  })
  return { connection, client }
}

/** @throws ProxboxError BACKEND_UNAVAILABLE, BACKEND_REFUSED */
export async function readCapabilities(
  { connection, client }: Backend,
  signal: AbortSignal
): Promise<Capabilities> {
  let response: HttpResponse
  try {
    response = await client.request({ method: 'GET', path: '/capabilities' }, signal)
  } catch (error) {
    throw backendError(error, connection)
  }
  const { status } = response
  if (status === 404 || status === 405) return noCapabilities
  if (status !== 200) throw refusal(connection, { status, body: response.text })
  try {
    const answer = response.json()
    if (Value.Check(Capabilities, answer)) return answer
  } catch {
    // Something that is no JSON, like the page of another program.
  }
  return noCapabilities
}

const waitStatuses = [408, 429, 500, 502, 503, 504]

/** Pure: what an answer other than 200 means; a backend of ours gives a code. */
function refusal(
  connection: BackendConnection,
  answer: HttpStatusError | { readonly status: number; readonly body: string }
): ProxboxError {
  const { status, body } = answer
  const detail = `${status}${detailOf(body)}`
  const { name: endpoint, base_url: address } = connection
  const cause = answer instanceof HttpStatusError ? answer : undefined
  // Another attempt gets another lease, so this is no refusal of what was asked.
  if (body.includes('"LEASE_LOST"') || waitStatuses.includes(status))
    return new ProxboxError('BACKEND_UNAVAILABLE', { endpoint, address, detail, cause })
  return new ProxboxError('BACKEND_REFUSED', { endpoint, detail, cause })
}

function detailOf(body: string): string {
  try {
    const parsed: unknown = JSON.parse(body)
    if (typeof parsed === 'object' && parsed !== null && 'detail' in parsed)
      return `: ${typeof parsed.detail === 'string' ? parsed.detail : JSON.stringify(parsed.detail)}`.slice(
        0,
        400
      )
  } catch {
    // A page of a proxy: its text helps nobody.
  }
  return ''
}

/** Pure: a failure of HTTP in the words of a Run. */
export function backendError(error: unknown, connection: BackendConnection): unknown {
  const { name: endpoint, base_url: address } = connection
  if (error instanceof ProxboxError || !(error instanceof Error)) return error
  if (error instanceof HttpStatusError) return refusal(connection, error)
  const facts = { endpoint, address, detail: error.message, cause: error }
  if (error instanceof HttpTlsError) return new ProxboxError('BACKEND_REFUSED', facts)
  if (error instanceof HttpTimeout || error instanceof HttpAborted || 'sent' in error)
    return new ProxboxError('BACKEND_UNAVAILABLE', facts)
  return new ProxboxError('BACKEND_FAILED', facts)
}
