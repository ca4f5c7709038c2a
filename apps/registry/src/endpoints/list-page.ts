import { ProxboxError } from '@proxbox/contracts'
import { FieldErrors, type HandledRequest } from '@proxbox/service-kit'

export interface ListQuery {
  readonly limit?: number
  readonly offset?: number
  readonly ordering?: string
  readonly q?: string
  readonly id?: number | readonly number[]
}

const defaultLimit = 50
const maxLimit = 1000

/** Pure: NetBox's paging: 50 by default, 0 means as many as allowed. */
export const pageOf = (query: ListQuery): { limit: number; offset: number } => ({
  limit: query.limit === 0 ? maxLimit : (query.limit ?? defaultLimit),
  offset: query.offset ?? 0
})

/** Pure: `-name` → name, descending. @throws FieldErrors for a field that cannot be ordered by. */
export function orderingOf(
  query: ListQuery,
  allowed: readonly string[]
): { field: string; descending: boolean } {
  const text = query.ordering ?? 'id'
  const field = text.replace(/^-/, '')
  if (!allowed.includes(field))
    throw new FieldErrors({
      ordering: [`"${field}" cannot be ordered by; use one of ${allowed.join(', ')}.`]
    })
  return { field, descending: text.startsWith('-') }
}

export const idsOf = (query: ListQuery): readonly number[] | undefined =>
  query.id === undefined ? undefined : typeof query.id === 'number' ? [query.id] : query.id

/** Pure: NetBox's list envelope with absolute links. */
export function listReply(
  request: HandledRequest<unknown, ListQuery>,
  path: string,
  found: { count: number; results: readonly unknown[] }
) {
  const { limit, offset } = pageOf(request.query)
  const link = (start: number): string => {
    const query = new URLSearchParams()
    for (const [name, value] of Object.entries({ ...request.query, limit, offset: start })) {
      for (const one of Array.isArray(value) ? value : [value]) query.append(name, String(one))
    }
    return `${request.baseUrl}${path}?${query}`
  }
  return {
    count: found.count,
    next: offset + limit < found.count ? link(offset + limit) : null,
    previous: offset > 0 ? link(Math.max(0, offset - limit)) : null,
    results: found.results
  }
}

export const notFound = (what: string, id: number | string): ProxboxError =>
  new ProxboxError('NOT_FOUND', { what, id: `id ${id}` })
