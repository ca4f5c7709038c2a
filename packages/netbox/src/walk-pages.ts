import { ProxboxError } from '@proxbox/contracts'
import type { Inside, Query } from './open-netbox.ts'
import { readAnswer } from './read-answer.ts'
import { idOf, type Json, objectsIn } from './wire.ts'

const pageLimit = 1000
// A table of this many pages is 100 million rows even with a clamp of 1000: more is a loop.
const mostPages = 100_000
const walks = 3

/**
 * All rows of a list by rising id. Works on every version: `id__gte` cursors need no `start=` (4.6), and the size of
 * pages that NetBox clamps is read from the answers. Rows that come or go meanwhile are seen: the walk is repeated.
 *
 * @throws ProxboxError NETBOX_PAGES when the pages contradict themselves or each other
 */
export async function walkPages(
  inside: Inside,
  path: string,
  query: Query,
  signal: AbortSignal
): Promise<Json[]> {
  let sum = ''
  for (let walk = 1; walk <= walks; walk += 1) {
    const { rows, first } = await walkOnce(inside, path, query, signal)
    if (rows.length === first) return rows
    const page = await readPage(inside, path, { ...query, limit: 1 }, signal)
    if (rows.length === page.count) return rows
    sum = `${rows.length} rows were read, ${page.count} are counted`
  }
  throw pagesFault(inside, path, sum)
}

async function walkOnce(inside: Inside, path: string, query: Query, signal: AbortSignal) {
  const rows: Json[] = []
  let first: number | undefined
  let least = 0
  for (let page = 1; page <= mostPages; page += 1) {
    const cursor = { ordering: 'id', id__gte: least, limit: pageLimit }
    const { count, results } = await readPage(inside, path, { ...query, ...cursor }, signal)
    first ??= count
    for (const row of results) {
      const id = idOf(row)
      if (id === undefined) throw pagesFault(inside, path, 'a row without id')
      if (id < least) throw pagesFault(inside, path, `id ${id} came where ${least} or more was due`)
      least = id + 1
      rows.push(row)
    }
    // The count is of the rows from the cursor on, so the last page holds all that it counts.
    if (results.length >= count) return { rows, first }
    if (results.length === 0)
      throw pagesFault(inside, path, `an empty page where ${count} rows are counted`)
  }
  throw pagesFault(inside, path, `more than ${mostPages} pages`)
}

async function readPage(inside: Inside, path: string, query: Query, signal: AbortSignal) {
  const { count, results } = await readAnswer(inside, path, query, signal)
  if (typeof count !== 'number' || !Array.isArray(results))
    throw pagesFault(inside, path, 'an answer without count and results')
  return { count, results: objectsIn(results) }
}

const pagesFault = (inside: Inside, path: string, detail: string): ProxboxError =>
  new ProxboxError('NETBOX_PAGES', { endpoint: inside.place.endpoint, path, detail })
