import { secretsFrom } from './redact.ts'
import type { TransportRequest } from './transport.ts'

export type QueryValue = string | number | boolean | readonly (string | number)[] | undefined

/** One call, relative to the client's base URL. `body` goes as JSON; `form` URL-encoded. */
export interface HttpRequest {
  readonly method: string
  /** Begins with `/`, without query. */
  readonly path: string
  /** Arrays repeat their key; undefined members are left out. */
  readonly query?: Readonly<Record<string, QueryValue>>
  readonly body?: unknown
  readonly form?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  /** Instead of the client's limit for the whole call. */
  readonly timeoutMs?: number
  /** Close the connection after this call. */
  readonly close?: boolean
}

export interface RequestDefaults {
  readonly baseUrl: URL
  readonly headers: Readonly<Record<string, string>>
  readonly gzip: boolean
  readonly closeConnections: boolean
}

export interface PreparedRequest {
  readonly wire: TransportRequest
  /** Method and address without query: what logs and errors may show. */
  readonly label: string
  /** Strings of this request that no message may contain. */
  readonly secrets: readonly string[]
}

/** @throws TypeError for a path without `/`, or body and form together */
export function preparedFrom(request: HttpRequest, defaults: RequestDefaults): PreparedRequest {
  const { method, path } = request
  if (path !== '' && !path.startsWith('/')) throw new TypeError(`path without "/": ${path}`)
  const basePath = defaults.baseUrl.pathname.replace(/\/+$/, '')
  const { contentType, body } = payloadFrom(request)
  const headers = lowerCased({
    accept: 'application/json',
    'accept-encoding': defaults.gzip ? 'gzip' : 'identity',
    ...contentType,
    ...lowerCased(defaults.headers),
    ...lowerCased(request.headers ?? {})
  })
  return {
    wire: {
      method,
      path: `${basePath}${path}${queryFrom(request.query ?? {})}` || '/',
      headers,
      body,
      reset: request.close ?? defaults.closeConnections
    },
    label: `${method} ${defaults.baseUrl.origin}${basePath}${path}`,
    secrets: [...secretsFrom(headers), ...secretsFrom(request.form ?? {})].concat(
      request.form?.password ?? []
    )
  }
}

function payloadFrom(request: HttpRequest) {
  const { body, form } = request
  if (body !== undefined && form !== undefined)
    throw new TypeError('body and form exclude each other')
  if (form !== undefined) {
    const contentType = { 'content-type': 'application/x-www-form-urlencoded' }
    return { contentType, body: pairsFrom(Object.entries(form)) }
  }
  if (body === undefined) return { contentType: {}, body: null }
  return { contentType: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

function queryFrom(query: Readonly<Record<string, QueryValue>>): string {
  const pairs = Object.entries(query).flatMap(([key, value]) => {
    if (value === undefined) return []
    const values = typeof value === 'object' ? value : [value]
    return values.map((one): [string, string] => [key, String(one)])
  })
  return pairs.length === 0 ? '' : `?${pairsFrom(pairs)}`
}

// A blank as %20: every server reads it, while "+" means a blank only to some.
function pairsFrom(pairs: readonly (readonly [string, string])[]): string {
  return pairs.map((pair) => pair.map(encodeURIComponent).join('=')).join('&')
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])
  return Object.fromEntries(entries) as Record<string, string> // every pair above is two strings
}
