import { FieldErrors, type HandledRequest } from '@proxbox/service-kit'

export interface RunListQuery {
  readonly limit?: number
  readonly offset?: number
  readonly ordering?: string
  readonly q?: string
  readonly id?: number | readonly number[]
  readonly state?: string | readonly string[]
  readonly group?: string
  readonly netbox_endpoint_id?: number
}

const defaultLimit = 50
const maxLimit = 1000

/** Pure: NetBox's paging: 50 by default, 0 means as many as allowed. */
export const pageOf = (query: RunListQuery): { limit: number; offset: number } => ({
  limit: query.limit === 0 ? maxLimit : (query.limit ?? defaultLimit),
  offset: query.offset ?? 0
})

/** Pure: `-created` → created, descending. @throws FieldErrors for a field that cannot be ordered by. */
export function orderingOf<Name extends string>(
  query: RunListQuery,
  allowed: readonly Name[]
): { field: Name; isDescending: boolean } {
  const wanted = query.ordering ?? '-id'
  const field = allowed.find((name) => name === wanted.replace(/^-/, ''))
  if (field === undefined)
    throw new FieldErrors({
      ordering: [`"${wanted}" cannot be ordered by; use one of ${allowed.join(', ')}.`]
    })
  return { field, isDescending: wanted.startsWith('-') }
}

/** Pure: comma lists and repeated parameters alike. */
export const listOfTexts = (value: string | readonly string[] | undefined): readonly string[] =>
  (typeof value === 'string' ? [value] : (value ?? []))
    .flatMap((text) => text.split(','))
    .map((text) => text.trim())
    .filter((text) => text !== '')

/** Pure: NetBox's list envelope with absolute links. */
export function listReply(
  request: HandledRequest<unknown, RunListQuery>,
  path: string,
  found: { readonly count: number; readonly results: readonly unknown[] }
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
