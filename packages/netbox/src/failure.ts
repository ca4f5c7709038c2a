import { kinds, ProxboxError } from '@proxbox/contracts'
import {
  HttpAborted,
  HttpDecodeError,
  type HttpResponse,
  HttpTimeout,
  HttpTlsError,
  HttpTooLarge,
  HttpUnreachable
} from '@proxbox/http'
import { isObject } from './wire.ts'

export interface Place {
  readonly endpoint: string
  readonly address: string
  /** Of a call with this limit. */
  readonly timeoutMs: number
}

/** Pure: a failed call as an error with a code; aborts and bugs pass through unchanged. */
export function failureFrom(error: unknown, place: Place, path: string): unknown {
  const { endpoint, address } = place
  if (error instanceof HttpAborted || error instanceof ProxboxError) return error
  if (error instanceof HttpTlsError)
    return new ProxboxError('NETBOX_TLS', { endpoint, detail: error.message, cause: error })
  if (error instanceof HttpTimeout) {
    const seconds = place.timeoutMs / 1000
    return new ProxboxError('NETBOX_TIMEOUT', { endpoint, path, seconds, cause: error })
  }
  if (error instanceof HttpUnreachable)
    return new ProxboxError('NETBOX_UNREACHABLE', {
      endpoint,
      address,
      detail: error.message,
      cause: error
    })
  if (error instanceof HttpDecodeError || error instanceof HttpTooLarge)
    return new ProxboxError('NETBOX_ANSWER', {
      endpoint,
      path,
      status: 'an unreadable body',
      detail: error.message,
      cause: error
    })
  return error
}

/** Pure: an answer that is not what was asked for, as an error with a code. */
export function answerFailure(response: HttpResponse, place: Place, path: string): ProxboxError {
  const { endpoint } = place
  const { status } = response
  const detail = detailOf(response)
  if (status === 401 || (status === 403 && isTokenFault(detail)))
    return new ProxboxError('NETBOX_CREDENTIAL', { endpoint, detail })
  if (status === 403)
    return new ProxboxError('NETBOX_PERMISSION', { endpoint, permission: viewOf(path) })
  if (status === 503) return new ProxboxError('NETBOX_MAINTENANCE', { endpoint, status })
  return new ProxboxError('NETBOX_ANSWER', { endpoint, path, status, detail })
}

// A bad token and a missing permission are both 403; only the sentence tells them apart.
function isTokenFault(detail: string): boolean {
  return /token|authentication|credential|source ip|permitted address/i.test(detail)
}

/** Pure: NetBox's own words, at most 600 characters; a page of HTML is only named. */
export function detailOf(response: HttpResponse): string {
  const type = response.headers['content-type'] ?? ''
  if (!String(type).includes('json')) return `a body of type ${String(type) || 'unknown'}`
  const body = bodyOf(response)
  return wordsOf(body).slice(0, 600)
}

/** Pure: the decoded body, or undefined when it is no JSON. */
export function bodyOf(response: HttpResponse): unknown {
  try {
    return response.json()
  } catch {
    // What the body is instead is decided by who asks: a proxy's page, or nothing.
    return undefined
  }
}

/** Pure: `{field: [texts]}`, `{detail}`, `{error, exception}` or a text, as one line. */
export function wordsOf(body: unknown): string {
  if (typeof body === 'string') return body
  if (Array.isArray(body)) return body.map(wordsOf).filter(Boolean).join('; ')
  if (!isObject(body)) return body === undefined ? 'no detail' : String(body)
  if (typeof body.error === 'string') return `${String(body.exception ?? 'error')}: ${body.error}`
  return Object.entries(body)
    .map(([name, value]) =>
      ['detail', '__all__', 'non_field_errors'].includes(name)
        ? wordsOf(value)
        : `${name}: ${wordsOf(value)}`
    )
    .join('; ')
}

/** Pure: `dcim.view_devicetype` of `dcim/device-types/`; a path that is no kind of ours stays as it is. */
const viewOf = (path: string): string => {
  const model = Object.values(kinds).find((kind) => kind.path === path)?.model
  return model === undefined ? path : model.replace('.', '.view_')
}
