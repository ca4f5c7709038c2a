import { Refusal } from './errors.ts'
import { selectionFrom } from './filter.ts'
import type { Context, Model } from './model.ts'
import { orderedRows } from './order.ts'
import type { Renderer } from './render.ts'
import type { Row } from './row.ts'
import { wantsFrom } from './shape.ts'

export interface ListRequest {
  readonly origin: string
  readonly query: URLSearchParams
  readonly maxPageSize: number
  readonly isSeen: (row: Row) => boolean
}

const DEFAULT_PAGE = 50

/** A page of a list: offset paging, or from 4.6 on a cursor by `start`. */
export function listOf(renderer: Renderer, model: Model, request: ListRequest): unknown {
  const { context } = renderer
  const { query } = request
  const rows = selectRows(context, model, query).filter(request.isSeen)
  const wants = wantsFrom(model, query, context.minor)
  const start = context.minor >= 6 ? query.get('start') : null
  const page = start === null ? offsetPage(model, rows, request) : cursorPage(model, rows, request)
  return {
    count: page.count,
    next: page.next,
    previous: page.previous,
    results: page.rows.map((row) => renderer.row(model, row, wants))
  }
}

function selectRows(context: Context, model: Model, query: URLSearchParams): Row[] {
  const { tests, ids, errors } = selectionFrom(context, model, query)
  if (Object.keys(errors).length > 0) throw new Refusal(400, errors)
  const byCursor = context.minor >= 6 && query.has('start')
  const ordered = orderedRows(context, model, byCursor ? 'id' : query.get('ordering'))
  return ordered.filter((row) => (ids?.has(row.id) ?? true) && tests.every((test) => test(row)))
}

interface Page {
  readonly count: number | null
  readonly next: string | null
  readonly previous: string | null
  readonly rows: Row[]
}

/** MAX_PAGE_SIZE clamps silently; 0 asks for as much as it allows. */
function limitFrom(query: URLSearchParams, maxPageSize: number): number {
  const asked = Number(query.get('limit') ?? Number.NaN)
  if (!Number.isInteger(asked) || asked < 0) return Math.min(DEFAULT_PAGE, maxPageSize)
  return asked === 0 ? maxPageSize : Math.min(asked, maxPageSize)
}

function offsetPage(model: Model, rows: Row[], request: ListRequest): Page {
  const limit = limitFrom(request.query, request.maxPageSize)
  const asked = Number(request.query.get('offset') ?? 0)
  const offset = Number.isInteger(asked) && asked > 0 ? asked : 0
  const link = (to: number) =>
    linkTo(model, request, { limit: String(limit), offset: to > 0 ? String(to) : undefined })
  return {
    count: rows.length,
    next: offset + limit < rows.length ? link(offset + limit) : null,
    previous: offset > 0 ? link(offset - limit) : null,
    rows: rows.slice(offset, offset + limit)
  }
}

function cursorPage(model: Model, rows: Row[], request: ListRequest): Page {
  const { query } = request
  if (query.has('offset')) throw new Refusal(400, ["'start' and 'offset' are mutually exclusive."])
  if (query.has('ordering')) {
    const text = 'Ordering cannot be specified in conjunction with cursor-based pagination.'
    throw new Refusal(400, [text])
  }
  const start = Number(query.get('start'))
  if (!Number.isInteger(start) || start < 0) {
    throw new Refusal(400, ["Invalid 'start' parameter: must be a non-negative integer."])
  }
  const limit = limitFrom(query, request.maxPageSize)
  const page = rows.filter((row) => row.id >= start).slice(0, limit)
  const last = page.at(-1)
  const next =
    last && page.length === limit
      ? linkTo(model, request, { limit: String(limit), start: String(last.id + 1) })
      : null
  return { count: null, next, previous: null, rows: page }
}

function linkTo(
  model: Model,
  { origin, query }: ListRequest,
  changes: Record<string, string | undefined>
): string {
  const next = new URLSearchParams(query)
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) next.delete(name)
    else next.set(name, value)
  }
  next.sort()
  return `${origin}/api${model.path}?${next}`
}
