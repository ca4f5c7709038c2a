import { randomUUID } from 'node:crypto'
import { callHeaders } from '@proxbox/contracts'
import { Ajv, type ErrorObject } from 'ajv'
import addFormats from 'ajv-formats'
import fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { problemFrom } from './problem.ts'

const bodyLimitBytes = 1024 * 1024

/** Bodies are JSON and taken as typed; path and query are texts and converted. */
function validators() {
  const base = {
    useDefaults: true,
    allErrors: true,
    strict: false,
    // A fault knows its schema, whose description says what is wanted.
    verbose: true,
    removeAdditional: false
  } as const
  const body = new Ajv(base)
  const text = new Ajv({ ...base, coerceTypes: true })
  const withFormats = addFormats as unknown as (ajv: Ajv) => void // CommonJS default export, typed as a namespace
  withFormats(body)
  withFormats(text)
  return { body, text }
}

export interface AppOptions {
  readonly tls?: { readonly cert: string; readonly key: string } | undefined
  /** The body of a failed request; problem details (RFC 9457) when absent. */
  readonly problem?: typeof problemFrom
}

/** A Fastify app with our validation, error mapping and request ids; routes are registered by the caller. */
export function buildApp(
  service: string,
  log: Logger,
  { tls, problem: problemOf = problemFrom }: AppOptions = {}
): FastifyInstance {
  const requestLog: FastifyBaseLogger = log.child(
    {},
    { level: log.level === 'info' ? 'warn' : log.level }
  )
  const app: FastifyInstance = fastify({
    ...(tls === undefined ? {} : { https: tls }),
    loggerInstance: requestLog,
    bodyLimit: bodyLimitBytes,
    forceCloseConnections: true,
    requestTimeout: 120_000,
    routerOptions: { maxParamLength: 400 },
    genReqId: (request) => {
      const given = request.headers[callHeaders.requestId]
      return typeof given === 'string' && /^[\w.:-]{1,64}$/.test(given) ? given : randomUUID()
    }
  })
  // Bodies are JSON: any other type is a 415, as in NetBox.
  app.removeContentTypeParser('text/plain')
  // Clients that say JSON of every request send it with an empty DELETE or POST too: that is no body, as in NetBox.
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    (request, text: string, done) => {
      if (text === '') done(null, undefined)
      else void parseJson(request, text, done)
    }
  )
  const ajv = validators()
  app.setValidatorCompiler<object>(({ schema, httpPart }) => {
    const validate = (httpPart === 'body' ? ajv.body : ajv.text).compile(schema)
    return (data: unknown) =>
      validate(data) || {
        error: Object.assign(new Error('not valid'), {
          validation: firstFaults(validate.errors ?? [])
        })
      }
  })
  app.setSerializerCompiler(() => (data) => JSON.stringify(data))
  app.addHook('onSend', async (request, reply) => {
    reply.header(callHeaders.requestId, request.id)
  })
  app.setErrorHandler<Error>((error, request, reply) => {
    const problem = problemOf(error, { service, requestId: request.id })
    if (problem.status >= 500) request.log.error({ error, requestId: request.id }, 'request failed')
    if (problem.status === 503) reply.header('retry-after', '5')
    return reply.code(problem.status).type(problem.type).send(problem.body)
  })
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] ?? ''
    const isCut = path.startsWith('/api/') && !path.endsWith('/')
    return reply
      .code(404)
      .type('application/problem+json')
      .send({
        type: 'about:blank',
        title: 'Not Found',
        status: 404,
        code: 'NOT_FOUND',
        disposition: 'stop',
        detail: `There is nothing at ${request.method} ${path}.${isCut ? ' Paths of the API end with a slash.' : ''}`,
        instance: request.id
      })
  })
  return app
}

/**
 * ajv reports each branch of a union; the union's own fault says it once. Of a value that may also be null the other
 * branch says what is wrong with it.
 */
function firstFaults(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const isNull = ({ keyword, params }: ErrorObject) => keyword === 'type' && params.type === 'null'
  const nullable = new Set(errors.filter(isNull).map(({ instancePath }) => instancePath))
  const unions = errors.filter(
    ({ keyword, instancePath }) => keyword === 'anyOf' && !nullable.has(instancePath)
  )
  const inUnion = (error: ErrorObject): boolean =>
    error.keyword !== 'anyOf' &&
    unions.some(
      (union) =>
        error.instancePath === union.instancePath &&
        error.keyword !== 'additionalProperties' &&
        error.keyword !== 'required'
    )
  const kept = errors.filter(
    (error) =>
      !inUnion(error) &&
      !isNull(error) &&
      !(error.keyword === 'anyOf' && nullable.has(error.instancePath)) &&
      !(error.keyword === 'anyOf' && error.instancePath === '' && errors.length > 1)
  )
  return kept.length > 0 ? kept : errors
}
