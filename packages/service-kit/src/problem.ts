import { errorTable, ProxboxError } from '@proxbox/contracts'
import type { FastifyError } from 'fastify'

/** The answer to a failed request: field errors as NetBox gives them, all others as RFC 9457 problem details. */
export interface Problem {
  readonly status: number
  readonly type: 'application/json' | 'application/problem+json'
  readonly body: Record<string, unknown>
}

/** Errors of fields: `{field: [texts]}`, as NetBox answers 400. */
export class FieldErrors extends Error {
  readonly fields: Readonly<Record<string, readonly string[]>>

  constructor(fields: Readonly<Record<string, readonly string[]>>, options?: ErrorOptions) {
    super(
      Object.entries(fields)
        .map(([name, texts]) => `${name}: ${texts.join(' ')}`)
        .join('; '),
      options
    )
    this.name = 'FieldErrors'
    this.fields = fields
  }
}

const titles: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout'
}

const problem = (
  status: number,
  facts: { code: string; disposition: string; detail: string; instance: string }
): Problem => ({
  status,
  type: 'application/problem+json',
  body: { type: 'about:blank', title: titles[status] ?? 'Error', status, ...facts }
})

/** Pure: what a client sees of an error. Without a code it is a bug: 500 and no detail. */
export function problemFrom(
  error: Error,
  request: { service: string; requestId: string }
): Problem {
  const instance = request.requestId
  if (error instanceof FieldErrors)
    return { status: 400, type: 'application/json', body: { ...error.fields } }
  if (error instanceof ProxboxError) {
    return problem(error.status, {
      code: error.code,
      disposition: error.disposition,
      detail: error.message,
      instance
    })
  }
  const fastify = fastifyProblem(error, instance)
  if (fastify !== undefined) return fastify
  const bug = new ProxboxError('INTERNAL', { service: request.service, request: request.requestId })
  return problem(errorTable.INTERNAL.status, {
    code: bug.code,
    disposition: 'bug',
    detail: bug.message,
    instance
  })
}

/** Fastify's own refusals (a body that is not JSON, too large, of another type) carry a status below 500. */
function fastifyProblem(error: Error, instance: string): Problem | undefined {
  const { statusCode, validation } = error as Partial<FastifyError> // Fastify sets these on its own errors only
  if (validation !== undefined) {
    return { status: 400, type: 'application/json', body: { ...fieldErrorsFrom(validation) } }
  }
  if (statusCode === undefined || statusCode >= 500) return undefined
  const code = statusCode === 413 ? 'TOO_LARGE' : 'BODY_INVALID'
  return problem(statusCode, { code, disposition: 'stop', detail: error.message, instance })
}

interface Fault {
  readonly keyword: string
  readonly instancePath: string
  readonly message?: string
  readonly params: Record<string, unknown>
  readonly parentSchema?: { readonly description?: unknown }
}

/** Pure: schema faults by field; what concerns the whole body is under `non_field_errors`, as in NetBox. */
function fieldErrorsFrom(faults: readonly Fault[]): Record<string, string[]> {
  const fields: Record<string, string[]> = {}
  for (const fault of faults) {
    const [name, text] = fieldOf(fault)
    const texts = fields[name] ?? []
    fields[name] = texts.includes(text) ? texts : [...texts, text]
  }
  return fields
}

function fieldOf(fault: Fault): [string, string] {
  const field = fault.instancePath.slice(1).replaceAll('/', '.')
  const { missingProperty, additionalProperty, allowedValues } = fault.params
  if (typeof missingProperty === 'string') return [missingProperty, 'This field is required.']
  if (typeof additionalProperty === 'string')
    return [additionalProperty, 'Unknown field: remove it or correct its name.']
  const wanted = fault.parentSchema?.description
  if (/^(pattern|anyOf)$/.test(fault.keyword) && typeof wanted === 'string')
    return [field, `Not valid: it must be ${wanted}.`]
  const allowed = Array.isArray(allowedValues) ? `: ${allowedValues.join(', ')}` : ''
  return [
    field === '' ? 'non_field_errors' : field,
    `Not valid: ${fault.message ?? fault.keyword}${allowed}.`
  ]
}
