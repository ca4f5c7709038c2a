import Type, { type TProperties, type TSchema } from 'typebox'
import { nullable } from '../nullable.ts'
import type { ServiceName } from '../services.ts'

/**
 * One operation: the only place where its method, path and schemas are written. The gateway registers the public ones
 * with one handler that forwards, the owning service with its own; the CLI and OpenAPI come from them.
 */
export interface Route {
  readonly operationId: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Fastify syntax, trailing slash. */
  readonly path: string
  readonly service: ServiceName
  readonly visibility: 'public' | 'internal'
  /** Who may call it over the bus. Public ones: the gateway, and whoever else is listed. */
  readonly callers: readonly ServiceName[]
  /** Permission of a public operation, as NetBox names it; null = any valid token. */
  readonly permission: string | null
  readonly tag: string
  readonly summary: string
  readonly status: 200 | 201 | 202 | 204
  readonly params?: TSchema
  readonly query?: TSchema
  readonly body?: TSchema
  readonly reply: TSchema
  /** Another media type in which the gateway serves it when it is asked to. */
  readonly alsoAs?: string
  /** Dotted paths (`*` = each element) that cross the bus sealed. */
  readonly secrets?: { readonly body?: readonly string[]; readonly reply?: readonly string[] }
  /** Deadline of the call; 5,000 by default. */
  readonly timeoutMs?: number
}

export const apiPrefix = '/api/plugins/proxbox'

export const IdParams = Type.Object({ id: Type.Integer({ minimum: 1 }) })
/** A Run by integer id or UUID. */
export const RunParams = Type.Object({
  id: Type.String({
    pattern: '^(\\d+|[0-9a-fA-F-]{36})$',
    description: 'the number or the UUID of a Run'
  })
})

export const ListQuery = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 0, maximum: 1000 })),
    offset: Type.Optional(Type.Integer({ minimum: 0 })),
    ordering: Type.Optional(Type.String({ maxLength: 100 })),
    q: Type.Optional(Type.String({ maxLength: 100 })),
    id: Type.Optional(Type.Union([Type.Array(Type.Integer()), Type.Integer()]))
  },
  { additionalProperties: false }
)

/** The query of a list with filters of its own. */
export const listQuery = (filters: TProperties) =>
  Type.Object({ ...ListQuery.properties, ...filters }, { additionalProperties: false })

/** A filter that may be given more than once. */
export const texts = Type.Optional(Type.Union([Type.Array(Type.String()), Type.String()]))

export const listOf = (schema: TSchema) =>
  Type.Object({
    count: Type.Integer(),
    next: nullable(Type.String()),
    previous: nullable(Type.String()),
    results: Type.Array(schema)
  })

export const Nothing = Type.Null()
