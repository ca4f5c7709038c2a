import { type PlanPage, routeOf } from '@proxbox/contracts'
import type { Static } from 'typebox'
import { type Api, ApiError, refusalText } from './api.ts'

export type PlanRow = Static<typeof PlanPage>['results'][number]
export type PlanHead = Pick<Static<typeof PlanPage>, 'run_id' | 'sha256' | 'count' | 'held'>

const pageRows = 500
// A million Changes: ten times the largest Plan that is meant to be stored.
const mostPages = 2000
// As for a page of JSON: the first one comes before the first byte.
const firstByteTimeoutMs = 70_000
const idleTimeoutMs = 70_000
/** Characters of an error's body. */
const mostRefusal = 10_000

/** What a stored Plan is: its Run, SHA-256 and sizes. `id`: of the Run, either kind. */
export async function readPlanHead(api: Api, id: string, signal: AbortSignal): Promise<PlanHead> {
  const page = await readPage(api, id, { limit: 1 }, signal)
  return headOf(page)
}

/**
 * Every row of a stored Plan in its order, and its head with the last one.
 *
 * @throws ApiError when the Plan is replaced while it is read, or its pages stand still.
 */
export async function* readPlanRows(
  api: Api,
  id: string,
  signal: AbortSignal
): AsyncGenerator<PlanRow, PlanHead> {
  let head: PlanHead | undefined
  let after: number | undefined
  for (let pages = 0; pages < mostPages; pages += 1) {
    const page = await readPage(api, id, { limit: pageRows, after }, signal)
    head ??= headOf(page)
    if (page.sha256 !== head.sha256)
      throw new ApiError(
        409,
        `The Plan of Run ${id} was replaced while it was read: read it again.`
      )
    yield* page.results
    if (page.next === null) return head
    if (after !== undefined && page.next <= after) break
    after = page.next
  }
  throw endless(id)
}

/** A stored Plan as Markdown, as it comes. @throws ApiError when it is refused; HttpError when it breaks off */
export async function* readPlanMarkdown(
  api: Api,
  id: string,
  signal: AbortSignal
): AsyncGenerator<string> {
  const path = routeOf('readRunPlan').path.replace(':id', encodeURIComponent(id))
  const headers = { ...api.headers, accept: 'text/markdown', 'accept-encoding': 'identity' }
  const request = { method: 'GET', path, query: { format: 'md' }, headers }
  const answer = await api.http.stream(request, { firstByteTimeoutMs, idleTimeoutMs }, signal)
  const decoder = new TextDecoder()
  let refusal = ''
  for await (const chunk of answer.chunks) {
    const text = decoder.decode(chunk, { stream: true })
    if (answer.status === 200) yield text
    else refusal = (refusal + text).slice(0, mostRefusal)
  }
  if (answer.status !== 200) throw new ApiError(answer.status, refusalText(answer.status, refusal))
}

const endless = (id: string) =>
  new ApiError(502, `The pages of the Plan of Run ${id} do not come to an end.`)

const headOf = ({ run_id, sha256, count, held }: Static<typeof PlanPage>): PlanHead => ({
  run_id,
  sha256,
  count,
  held
})

const readPage = (
  api: Api,
  id: string,
  query: { limit: number; after?: number | undefined },
  signal: AbortSignal
) => api.call<Static<typeof PlanPage>>('readRunPlan', { params: { id }, query }, signal)
