import { FieldErrors } from './problem.ts'
import type { HandledRequest } from './routes.ts'

/** What every list takes (NetBox's REST conventions). */
export interface PageQuery {
  readonly limit?: number
  readonly offset?: number
  readonly ordering?: string
  readonly q?: string
  readonly id?: number | readonly number[]
}

const defaultLimit = 50
const maxLimit = 1000

/** Pure: NetBox's paging: 50 by default, 0 means as many as allowed. */
export const pageOf = ({ limit = defaultLimit, offset = 0 }: PageQuery) => ({
  limit: limit === 0 ? maxLimit : limit,
  offset
})

/**
 * Pure: what to order by, out of these columns by their public names; `-name` = descending.
 *
 * @param otherwise used when the query names none
 * @throws FieldErrors for a name that is not among them
 */
export function orderingOf<Column>(
  { ordering }: PageQuery,
  columns: Readonly<Record<string, Column>>,
  otherwise = 'id'
): { column: Column; isDescending: boolean } {
  const text = ordering ?? otherwise
  const name = text.replace(/^-/, '')
  const column = Object.hasOwn(columns, name) ? columns[name] : undefined
  if (column === undefined)
    throw new FieldErrors({
      ordering: [`"${name}" cannot be ordered by; use one of ${Object.keys(columns).join(', ')}.`]
    })
  return { column, isDescending: text.startsWith('-') }
}

/** Pure: the ids that a query asks for; undefined = all. */
export const idsOf = ({ id }: PageQuery): number[] | undefined =>
  id === undefined ? undefined : [id].flat()

/** Pure: repeated parameters and comma lists alike; undefined = no filter. */
export function textsOf(value: string | readonly string[] | undefined): string[] | undefined {
  if (value === undefined) return undefined
  return [value]
    .flat()
    .flatMap((text) => text.split(','))
    .map((text) => text.trim())
    .filter((text) => text !== '')
}

/** Pure: NetBox's list envelope with absolute links; `path` begins with a slash and ends with one. */
export function listReply<Result>(
  { query, baseUrl }: Pick<HandledRequest<unknown, PageQuery>, 'query' | 'baseUrl'>,
  path: string,
  found: { readonly count: number; readonly results: readonly Result[] }
) {
  const { limit, offset } = pageOf(query)
  const link = (start: number): string => {
    const parameters = new URLSearchParams()
    for (const [name, value] of Object.entries({ ...query, limit, offset: start }))
      for (const one of [value].flat()) parameters.append(name, String(one))
    return `${baseUrl}${path}?${parameters}`
  }
  return {
    count: found.count,
    next: offset + limit < found.count ? link(offset + limit) : null,
    previous: offset > 0 ? link(Math.max(0, offset - limit)) : null,
    results: found.results
  }
}
