import { randomUUID } from 'node:crypto'
import {
  callHeaders,
  type Principal,
  type Route,
  routesOf,
  type ServiceName
} from '@proxbox/contracts'
import type { FastifyInstance, FastifyRequest } from 'fastify'

/** A request after validation: what the route's schemas promise is what is here. */
export interface HandledRequest<Params = unknown, Query = unknown, Body = unknown> {
  readonly operationId: string
  readonly params: Params
  readonly query: Query
  readonly body: Body
  readonly principal: Principal
  readonly requestId: string
  /** Where clients see us, without trailing slash: `https://proxbox.example`. */
  readonly baseUrl: string
  readonly signal: AbortSignal
}

export type Handler = (request: HandledRequest) => Promise<unknown>

/** Narrows a handler to what its route's schemas have validated. */
export function handler<Params = unknown, Query = unknown, Body = unknown>(
  handle: (request: HandledRequest<Params, Query, Body>) => Promise<unknown>
): Handler {
  return (request) => handle(request as HandledRequest<Params, Query, Body>) // the route's schemas have validated it
}

/**
 * Proves that a request came through the bus, whose server checked the caller's rights, and not over the HTTP port
 * that serves health and metrics. New for every process; it never leaves it.
 */
export const injectHeaders: Readonly<Record<string, string>> = { 'proxbox-injected': randomUUID() }

const nobody: Principal = { user: 'service', superuser: false, permissions: [], write: true }

function principalFrom(request: FastifyRequest): Principal {
  const header = request.headers[callHeaders.principal]
  if (typeof header !== 'string') return nobody
  return JSON.parse(Buffer.from(header, 'base64url').toString('utf8')) as Principal // only the bus, which checks rights, sets it
}

/**
 * Registers every route of a service with its handler. A route without a handler, or a handler without a route, is a
 * fault of the program and throws at once. Replies keep the route's status; `null` with 204 sends no body.
 */
export function registerRoutes(
  app: FastifyInstance,
  service: ServiceName,
  handlers: Readonly<Record<string, Handler>>
): void {
  const routes = routesOf(service)
  const known = new Set(routes.map((route) => route.operationId))
  const missing = routes
    .filter((route) => handlers[route.operationId] === undefined)
    .map((route) => route.operationId)
  const unknown = Object.keys(handlers).filter((operationId) => !known.has(operationId))
  if (missing.length + unknown.length > 0) {
    throw new Error(
      `${service}: no handler for ${missing.join(', ') || 'none'}; no route for ${unknown.join(', ') || 'none'}`
    )
  }
  for (const route of routes) registerRoute(app, route, handlers[route.operationId] as Handler) // checked above
}

function registerRoute(app: FastifyInstance, route: Route, handle: Handler): void {
  const hasBody = route.body !== undefined
  app.route({
    method: route.method,
    url: route.path,
    schema: {
      ...(route.params === undefined ? {} : { params: route.params }),
      ...(route.query === undefined ? {} : { querystring: route.query }),
      ...(hasBody ? { body: route.body } : {})
    },
    onRequest: async (request, reply) => {
      if (request.headers['proxbox-injected'] !== injectHeaders['proxbox-injected'])
        reply.callNotFound()
    },
    preValidation: async (request) => {
      if (hasBody && request.body === undefined) request.body = null
    },
    handler: async (request, reply) => {
      const result = await handle({
        operationId: route.operationId,
        params: request.params,
        query: request.query,
        body: request.body,
        principal: principalFrom(request),
        requestId: request.id,
        baseUrl: String(request.headers[callHeaders.baseUrl] ?? ''),
        signal: AbortSignal.timeout(route.timeoutMs ?? 5000)
      })
      return reply.code(route.status).send(route.status === 204 ? undefined : result)
    }
  })
}
