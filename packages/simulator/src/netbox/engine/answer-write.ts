import { type Answer, type Asked, etagOf, PYTHON_VERSION } from './asked.ts'
import { createAll, deleteAll, updateAll } from './bulk.ts'
import { Changelog } from './changelog.ts'
import { deleteRow } from './delete.ts'
import { Refusal } from './errors.ts'
import type { Machine } from './machine.ts'
import type { Model } from './model.ts'
import { seenBy } from './object-permissions.ts'
import { isRecord } from './python.ts'
import type { Row } from './row.ts'
import { acceptsFrom, wantsOfWrite } from './shape.ts'
import { check, save, type Write } from './write.ts'

/** Django's DATA_UPLOAD_MAX_MEMORY_SIZE, which JSON bodies obey from 4.7 on. */
const MAX_BODY_BYTES = 2_621_440

/** A write is one transaction: stored whole, or not at all. */
export function answerWrite(
  machine: Machine,
  asked: Asked,
  { model, id }: { model: Model; id?: number }
): Answer {
  checkBody(machine, asked)
  const { store } = machine.context
  store.begin()
  try {
    const write = machine.openWrite(
      new Changelog(machine.context, asked.requestId, { id: 1, name: 'admin' }, () =>
        machine.clock.stamp()
      ),
      {
        accepts: acceptsFrom(asked.query),
        isFull: asked.request.method === 'PUT',
        holdsTo: (row) => checkMatch(machine, asked, row),
        isSeen: seenBy(asked.token, model)
      }
    )
    const answer =
      id === undefined
        ? writeList(machine, asked, model, write)
        : writeOne(machine, asked, { model, id, write })
    store.commit()
    return answer
  } catch (error) {
    store.rollback()
    throw error
  }
}

function checkBody(machine: Machine, { request }: Asked): void {
  if (machine.context.minor >= 7 && (request.bodyBytes ?? 0) > MAX_BODY_BYTES) {
    throw new Refusal(500, {
      error: 'Request body exceeded settings.DATA_UPLOAD_MAX_MEMORY_SIZE.',
      exception: 'RequestDataTooBig',
      netbox_version: machine.version,
      python_version: PYTHON_VERSION
    })
  }
  const type = request.headers?.['content-type'] ?? 'application/json'
  if ((request.bodyBytes ?? 0) > 0 && !type.startsWith('application/json')) {
    throw new Refusal(415, { detail: `Unsupported media type "${type}" in request.` })
  }
  if (request.bodyError)
    throw new Refusal(400, { detail: `JSON parse error - ${request.bodyError}` })
}

function writeList(machine: Machine, asked: Asked, model: Model, write: Write): Answer {
  const { request, renderer, query } = asked
  const wants = wantsOfWrite(query, machine.context.minor)
  const show = (row: Row) => renderer.row(model, row, wants)
  if (request.method === 'DELETE') {
    deleteAll(write, model, request.body)
    return { status: 204 }
  }
  if (request.method !== 'POST') {
    return { status: 200, body: updateAll(write, model, request.body).map(show) }
  }
  if (Array.isArray(request.body)) {
    const rows = createAll(write, model, request.body)
    // Later items may have changed earlier ones (disk sums, primary MACs): read them again.
    const fresh = rows.map((row) => machine.context.store.get(model.key, row.id) ?? row)
    return { status: 201, body: fresh.map(show) }
  }
  const row = save(write, check(write, model, request.body ?? {}))
  const headers = { ...etagOf(machine, row.last_updated), Location: renderer.url(model, row.id) }
  return { status: 201, headers, body: show(row) }
}

function writeOne(
  machine: Machine,
  asked: Asked,
  { model, id, write }: { model: Model; id: number; write: Write }
): Answer {
  const { request, renderer, query } = asked
  const row = machine.context.store.get(model.key, id)
  if (!row || write.isSeen?.(row) === false)
    throw new Refusal(404, { detail: `No ${model.className} matches the given query.` })
  checkMatch(machine, asked, row)
  if (request.method === 'DELETE') {
    const message = isRecord(request.body) ? request.body.changelog_message : undefined
    deleteRow(write, model, row, typeof message === 'string' ? message : '')
    return { status: 204 }
  }
  const after = save(write, check(write, model, request.body ?? {}, row))
  const wants = wantsOfWrite(query, machine.context.minor)
  const headers = etagOf(machine, after.last_updated)
  return { status: 200, headers, body: renderer.row(model, after, wants) }
}

/** RFC 9110 §13.1.1, by the weak ETag of each object that is written. */
function checkMatch(machine: Machine, { request }: Asked, row: Row): void {
  const etag = etagOf(machine, row.last_updated)
  const wanted = request.headers?.['if-match']
  if (!etag.ETag || wanted === undefined || wanted === '*' || wanted.includes(etag.ETag)) return
  throw new Refusal(412, { detail: 'Precondition failed.' }, etag)
}
