import type { Bus, CallReply } from '@proxbox/bus'
import {
  apiPrefix,
  type Principal,
  type Route,
  type Run,
  routeOf,
  routes
} from '@proxbox/contracts'
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify'
import { type Authenticate, checkPermission, tokenFrom } from '../access/token.ts'
import { baseUrlOf } from './base-url.ts'

export interface ApiOptions {
  readonly bus: Pick<Bus, 'ask' | 'call'>
  readonly authenticate: Authenticate
  readonly publicUrl: string | undefined
  /** What the gateway answers itself, by operation. */
  readonly own: Readonly<Record<string, OwnHandler>>
}

export interface OwnRequest {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly principal: Principal
  readonly baseUrl: string
}
export type OwnHandler = (own: OwnRequest) => Promise<unknown>

/** Headers of a service's reply that clients get to see. */
const passedHeaders = ['content-type', 'retry-after', 'etag', 'location']

/** Registers every public operation once: the gateway's own, and all others with the one handler that forwards. */
export function registerApi(app: FastifyInstance, options: ApiOptions): void {
  for (const route of routes.filter((one) => one.visibility === 'public')) {
    app.route({
      method: route.method,
      url: route.path,
      schema: schemaOf(route),
      validatorCompiler: validationOf(route, app),
      handler: async (request, reply) => {
        const principal = await options.authenticate(tokenFrom(request.headers))
        checkPermission(principal, route)
        const baseUrl = baseUrlOf(request, options.publicUrl)
        reply
          .header('api-version', '4.5')
          .header('vary', 'Authorization')
          .header('cache-control', 'no-store')
        const own = options.own[route.operationId]
        return own === undefined
          ? await forward(route, { request, reply, principal, baseUrl }, options.bus)
          : await own({ request, reply, principal, baseUrl })
      }
    })
  }
}

/** The owning service validates what is forwarded; the gateway validates only what it answers itself. */
function validationOf(route: Route, app: FastifyInstance) {
  const compile = app.validatorCompiler
  if (route.service === 'gateway' && compile !== undefined) return compile
  return () => () => true
}

const forward = async (route: Route, own: OwnRequest, bus: Pick<Bus, 'ask' | 'call'>) =>
  passOn(own.reply, await forwarded(route.operationId, own, bus))

/** A service's answer as it is, with the headers that clients get to see. */
export function passOn(reply: FastifyReply, { status, headers, body }: CallReply): FastifyReply {
  for (const name of passedHeaders) {
    const value = headers[name]
    if (value !== undefined) reply.header(name, value)
  }
  return reply.code(status).send(status === 204 ? undefined : body)
}

/** What the owning service answers to this request, whatever its status. */
export async function forwarded(
  operationId: string,
  { request, principal, baseUrl }: OwnRequest,
  bus: Pick<Bus, 'call'>,
  // fastify's parser gives an object
  query = request.query as Record<string, unknown>
) {
  const route = routeOf(operationId)
  const named = await paramsOf(route, { request, principal }, bus)
  if ('refusal' in named) return named.refusal
  return await bus.call(operationId, {
    params: named.params,
    query,
    ...(route.body === undefined ? {} : { body: request.body ?? null }),
    principal,
    requestId: request.id,
    baseUrl,
    ...(route.timeoutMs === undefined ? {} : { timeoutMs: route.timeoutMs })
  })
}

type Named = { readonly params: Record<string, string> } | { readonly refusal: CallReply }

/** Other services know a Run by its UUID alone; of one that is no Run, or not theirs to see, clients get its owner's answer. */
async function paramsOf(
  route: Route,
  { request, principal }: Pick<OwnRequest, 'request' | 'principal'>,
  bus: Pick<Bus, 'call'>
): Promise<Named> {
  const params = request.params as Record<string, string> // fastify's router gives texts
  if (route.service === 'orchestrator' || !route.path.startsWith(`${apiPrefix}/runs/:id/`))
    return { params }
  const answer = await bus.call<Run>('readRun', { params, principal })
  if (answer.status !== 200) return { refusal: answer }
  return { params: { ...params, id: answer.body.run_id } }
}

function schemaOf(route: Route): FastifySchema {
  return {
    operationId: route.operationId,
    summary: route.summary,
    tags: [route.tag],
    security: [{ token: [] }],
    ...(route.params === undefined ? {} : { params: route.params }),
    ...(route.query === undefined ? {} : { querystring: route.query }),
    ...(route.body === undefined ? {} : { body: route.body }),
    response: {
      [route.status]: {
        description: route.summary,
        content: {
          'application/json': { schema: route.reply },
          ...(route.alsoAs === undefined ? {} : { [route.alsoAs]: { schema: { type: 'string' } } })
        }
      }
    }
  } as FastifySchema // swagger's extensions of the schema are not in fastify's own type
}
