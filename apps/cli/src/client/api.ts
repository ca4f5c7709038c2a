import { join } from 'node:path'
import { routeOf } from '@proxbox/contracts'
import {
  type HttpRequest,
  type HttpResponse,
  type HttpStreamClient,
  HttpUnreachable,
  openHttpClient
} from '@proxbox/http'
import { type Environment, homeOf } from '../config.ts'
import { readIfThere } from '../stack/home.ts'

export interface ApiRequest {
  readonly params?: Readonly<Record<string, string | number>>
  readonly query?: Readonly<
    Record<string, string | number | boolean | readonly (string | number)[] | undefined>
  >
  readonly body?: unknown
}

/** The REST API by operation; paths come from the route table. */
export interface Api {
  readonly url: string
  readonly http: HttpStreamClient
  readonly headers: Readonly<Record<string, string>>
  /** One request as our user, whatever its answer. @throws ApiError when the gateway cannot be reached. */
  send(
    request: Pick<HttpRequest, 'method' | 'path' | 'query' | 'body'>,
    signal?: AbortSignal
  ): Promise<HttpResponse>
  /** @throws ApiError with the gateway's words; HttpUnreachable becomes one with the remedy. */
  call<T>(operationId: string, request?: ApiRequest, signal?: AbortSignal): Promise<T>
  close(): Promise<void>
}

/** The gateway refused or could not be reached. */
export class ApiError extends Error {
  readonly status: number

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ApiError'
    this.status = status
  }
}

/** Nothing answers at the gateway's address. */
class GatewayAway extends ApiError {
  constructor(url: string, options?: ErrorOptions) {
    const remedy = 'is it running? Start it with "npm start" or "proxbox up"'
    super(0, `Proxbox does not answer at ${url}: ${remedy}.`, options)
    this.name = 'GatewayAway'
  }
}

const timeoutMs = 70_000
const tokenRemedy =
  'Set PROXBOX_TOKEN, or PROXBOX_HOME to the home of the Proxbox that answers there: its admin-token is used.'

/** Where the gateway is and who we are: PROXBOX_URL and PROXBOX_TOKEN, else the local stack. */
export async function findGateway(env: Environment): Promise<{ url: string; token: string }> {
  const home = homeOf(env)
  const read = (name: string) => readOfStack(join(home, name))
  const url =
    env.PROXBOX_URL || (await read('url')) || `http://127.0.0.1:${env.PROXBOX_PORT || 8080}`
  const token = env.PROXBOX_TOKEN || env.PROXBOX_ADMIN_TOKEN || (await read('admin-token'))
  if (!/^https?:/i.test(url) || !URL.canParse(url))
    throw new ApiError(400, `PROXBOX_URL: "${url}" is no http:// or https:// address.`)
  if (token === '')
    throw new ApiError(
      401,
      `No API token: set PROXBOX_TOKEN, or start the local stack with "proxbox up" (it keeps its token in ${join(home, 'admin-token')}).`
    )
  return { url: url.replace(/\/+$/, ''), token }
}

/** What the local stack has left there, if it has run. @throws ApiError when it is there and not ours to read */
async function readOfStack(file: string): Promise<string> {
  const text = await readIfThere(file).catch((cause: Error & { code?: string }) => {
    const remedy = 'mend that, or set PROXBOX_URL and PROXBOX_TOKEN'
    throw new ApiError(401, `${file} cannot be read (${cause.code}): ${remedy}.`, { cause })
  })
  return (text ?? '').trim()
}

export function openApi({ url, token }: { url: string; token: string }): Api {
  const headers = { authorization: `Token ${token}` }
  const http = openHttpClient({ baseUrl: url, connections: 4, timeoutMs })
  const send: Api['send'] = async (request, signal) => {
    try {
      return await http.request({ ...request, headers }, signal)
    } catch (error) {
      if (!(error instanceof HttpUnreachable)) throw error
      throw new GatewayAway(url, { cause: error })
    }
  }
  return {
    url,
    http,
    headers,
    send,
    async call<T>(operationId: string, request: ApiRequest = {}, signal?: AbortSignal) {
      const { method, path: pattern } = routeOf(operationId)
      const { params = {}, ...rest } = request
      const path = pattern.replace(/:(\w+)/g, (_, name: string) =>
        encodeURIComponent(String(params[name] ?? ''))
      )
      const response = await send({ method, path, ...rest }, signal)
      if (response.status >= 400) {
        const remedy = response.status === 401 ? ` ${tokenRemedy}` : ''
        throw new ApiError(
          response.status,
          `${refusalText(response.status, response.text)}${remedy}`
        )
      }
      return (response.status === 204 ? undefined : response.json()) as T // the route's reply schema, held by the gateway's tests
    },
    close: () => http.close()
  }
}

/** Pure: one sentence from problem details or field errors. */
export function refusalText(status: number, text: string): string {
  try {
    const body: unknown = JSON.parse(text)
    if (typeof body !== 'object' || body === null) return `HTTP ${status}: ${text.slice(0, 300)}`
    if ('detail' in body && typeof body.detail === 'string') return body.detail
    return Object.entries(body)
      .map(([field, texts]) => `${field}: ${[texts].flat().join(' ')}`)
      .join('\n')
  } catch {
    return `HTTP ${status}: ${text.slice(0, 300)}`
  }
}
