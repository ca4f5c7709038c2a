import { answerWrite } from './answer-write.ts'
import { type Answer, type Asked, etagOf, PYTHON_VERSION } from './asked.ts'
import { authenticate, authorize, isAuthorized } from './authenticate.ts'
import { Crash, Invalid, Protected, Refusal } from './errors.ts'
import { listOf } from './list.ts'
import type { Machine } from './machine.ts'
import type { Request, Response } from './message.ts'
import type { Model } from './model.ts'
import { seenBy } from './object-permissions.ts'
import { optionsOf } from './options.ts'
import { Renderer } from './render.ts'
import { wantsFrom } from './shape.ts'
import { systemAnswer } from './system.ts'

// gunicorn's limit for the first line of a request, without the method and the protocol.
const MAX_TARGET = 4094 - 'DELETE  HTTP/1.1'.length

/** One request, start to end. Never throws for what a client can do. */
export function handle(machine: Machine, request: Request): Response {
  const requestId = machine.random.uuid()
  const [path = '/', inPath = ''] = request.path.split('?', 2)
  const query = new URLSearchParams(request.query ?? inPath)
  const headers: Record<string, string> = {
    'API-Version': `4.${machine.context.minor}`,
    'X-Request-ID': requestId,
    'Content-Type': 'application/json',
    Vary: 'HX-Request, Accept-Language, Cookie, origin'
  }
  try {
    const answer = answerTo(machine, { request, query, path, requestId })
    return { status: answer.status, headers: { ...headers, ...answer.headers }, body: answer.body }
  } catch (error) {
    const refusal = refusalFrom(machine, error)
    return {
      status: refusal.status,
      headers: { ...headers, ...refusal.headers },
      body: refusal.body
    }
  }
}

function refusalFrom(machine: Machine, error: unknown): Refusal {
  if (error instanceof Refusal) return error
  if (error instanceof Invalid) return new Refusal(400, error.errors)
  if (error instanceof Protected) {
    const { names } = error
    const list = names.join(', ')
    const detail = `Unable to delete object. ${names.length} dependent objects were found: ${list}`
    return new Refusal(409, { detail })
  }
  if (!(error instanceof Crash)) throw error
  return new Refusal(500, {
    error: error.message,
    exception: error.exception,
    netbox_version: machine.version,
    python_version: PYTHON_VERSION
  })
}

function html(status: number, title: string): Refusal {
  const body = `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>`
  return new Refusal(status, body, { 'Content-Type': 'text/html; charset=utf-8' })
}

function answerTo(
  machine: Machine,
  seen: { request: Request; query: URLSearchParams; path: string; requestId: string }
): Answer {
  const { request, query, path } = seen
  const target = path.length + (query.size > 0 ? query.toString().length + 1 : 0)
  if (target > MAX_TARGET) throw html(400, 'Bad Request')
  if (!path.startsWith('/api/') && path !== '/api') throw html(404, 'Page Not Found')
  if (!path.endsWith('/')) {
    if (request.method !== 'GET' && request.method !== 'HEAD') throw html(404, 'Page Not Found')
    const location = `${path}/${query.size > 0 ? `?${query}` : ''}`
    return { status: 301, headers: { Location: location, 'Content-Type': 'text/html' }, body: '' }
  }
  const token = authenticate(request, machine.tokens)
  checkAccept(machine, request)
  const origin = `${request.headers?.['x-forwarded-proto'] ?? 'http'}://${request.headers?.host ?? 'netbox.invalid'}`
  const asked: Asked = { ...seen, token, origin, renderer: new Renderer(machine.context, origin) }
  const system = systemAnswer(machine, asked)
  if (system !== undefined) return { status: 200, body: system }
  const found = routeOf(machine, path.slice('/api'.length))
  if (!found) throw html(404, 'Page Not Found')
  return answerModel(machine, asked, found)
}

function checkAccept(machine: Machine, request: Request): void {
  const wanted = /version=([\d.]+)/.exec(request.headers?.accept ?? '')?.[1]
  if (wanted === undefined || wanted === `4.${machine.context.minor}`) return
  throw new Refusal(406, { detail: 'Invalid version in "Accept" header.' })
}

function routeOf(machine: Machine, path: string): { model: Model; id?: number } | undefined {
  const list = machine.routes.get(path)
  if (list) return { model: list }
  const detail = /^(.*\/)(\d+)\/$/.exec(path)
  const model = detail?.[1] === undefined ? undefined : machine.routes.get(detail[1])
  return model && { model, id: Number(detail?.[2]) }
}

function answerModel(machine: Machine, asked: Asked, to: { model: Model; id?: number }): Answer {
  const { request, token } = asked
  const { model, id } = to
  authorize(token, request.method, model)
  const isDetail = id !== undefined
  const allowed = [
    'GET',
    ...(isDetail ? [] : ['POST']),
    'PUT',
    'PATCH',
    'DELETE',
    'HEAD',
    'OPTIONS'
  ]
  const methods = model.readOnly ? ['GET', 'HEAD', 'OPTIONS'] : allowed
  const headers = { Allow: methods.join(', ') }
  if (!methods.includes(request.method)) {
    throw new Refusal(405, { detail: `Method "${request.method}" not allowed.` }, headers)
  }
  if (request.method === 'OPTIONS') {
    const body = optionsOf(machine, model, (method) => isAuthorized(token, method, model))
    return { status: 200, headers, body }
  }
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  const answer = isRead ? answerRead(machine, asked, to) : answerWrite(machine, asked, to)
  return { ...answer, headers: { ...headers, ...answer.headers } }
}

function answerRead(
  machine: Machine,
  asked: Asked,
  { model, id }: { model: Model; id?: number }
): Answer {
  const { renderer, query, origin } = asked
  const isSeen = seenBy(asked.token, model)
  if (id === undefined) {
    const body = listOf(renderer, model, {
      origin,
      query,
      maxPageSize: machine.maxPageSize,
      isSeen
    })
    return { status: 200, body }
  }
  const row = machine.context.store.get(model.key, id)
  if (!row || !isSeen(row))
    throw new Refusal(404, { detail: `No ${model.className} matches the given query.` })
  const wants = wantsFrom(model, query, machine.context.minor)
  const headers = etagOf(machine, row.last_updated)
  return { status: 200, headers, body: renderer.row(model, row, wants) }
}
