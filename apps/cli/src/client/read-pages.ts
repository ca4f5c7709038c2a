import { type Api, ApiError, type ApiRequest } from './api.ts'

const pageRows = 500
const defaultMost = 20_000

/** A list that goes on beyond what is read of it. */
export interface Listed<T> {
  readonly rows: readonly T[]
  /** How many there are, those not read among them. */
  readonly count: number
}

/**
 * Rows of a list operation, page by page.
 *
 * @param most reads no more than so many rows.
 * @throws ApiError when a page stands still: it would be read for ever.
 */
export async function readPages<T>(
  api: Api,
  operation: string,
  { most = defaultMost, ...request }: ApiRequest & { readonly most?: number },
  signal: AbortSignal
): Promise<Listed<T>> {
  const rows: T[] = []
  let count = 0
  do {
    const query = {
      ...request.query,
      limit: Math.min(pageRows, most - rows.length),
      offset: rows.length
    }
    const page = await api.call<{ count: number; results: T[] }>(
      operation,
      { ...request, query },
      signal
    )
    count = page.count
    if (page.results.length === 0 && rows.length < count)
      throw new ApiError(
        502,
        `${operation}: the list has ${count} rows and ends at ${rows.length}.`
      )
    rows.push(...page.results.slice(0, most - rows.length))
  } while (rows.length < Math.min(count, most))
  return { rows, count }
}
