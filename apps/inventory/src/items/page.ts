import { FieldErrors } from '@proxbox/service-kit'

export interface PageQuery {
  readonly limit?: number
  readonly offset?: number
  readonly ordering?: string
}

const defaultLimit = 50
const maxLimit = 1000

/** Pure: NetBox's paging: 50 by default, 0 means as many as allowed. */
export const pageOf = ({ limit = defaultLimit, offset = 0 }: PageQuery) => ({
  limit: limit === 0 ? maxLimit : limit,
  offset
})

/** Pure: the LIKE pattern of whatever contains this text as it stands. */
export const containing = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`

/** Pure: the column to order by. @throws FieldErrors for a name that is not among them. */
export function orderOf<T>(
  ordering: string | undefined,
  columns: Readonly<Record<string, T>>
): { column: T; descending: boolean } {
  const name = (ordering ?? 'id').replace(/^-/, '')
  const column = columns[name]
  if (column === undefined)
    throw new FieldErrors({
      ordering: [`"${name}" cannot be ordered by; use one of ${Object.keys(columns).join(', ')}.`]
    })
  return { column, descending: ordering?.startsWith('-') === true }
}

/** Pure: NetBox's list envelope with absolute links. */
export function envelope(list: {
  url: string
  query: PageQuery
  count: number
  results: readonly unknown[]
}) {
  const { limit, offset } = pageOf(list.query)
  const link = (start: number): string => {
    const query = new URLSearchParams()
    for (const [name, value] of Object.entries({ ...list.query, limit, offset: start }))
      for (const one of [value].flat()) query.append(name, String(one))
    return `${list.url}?${query}`
  }
  return {
    count: list.count,
    next: offset + limit < list.count ? link(offset + limit) : null,
    previous: offset > 0 ? link(Math.max(0, offset - limit)) : null,
    results: list.results
  }
}
