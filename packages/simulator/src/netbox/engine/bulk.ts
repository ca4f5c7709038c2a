import { deleteRow } from './delete.ts'
import { type Errors, Invalid, Protected, Refusal } from './errors.ts'
import type { Model } from './model.ts'
import { sortRows } from './order.ts'
import { isRecord, pythonTypeOf } from './python.ts'
import type { Row } from './row.ts'
import { type Checked, check, save, type Write } from './write.ts'

interface ItemErrors {
  readonly index?: number
  readonly id?: unknown
  readonly errors: Errors
}

/** All or nothing: the caller rolls back when this throws. Rows come back in the request's order. */
export function createAll(write: Write, model: Model, items: readonly unknown[]): Row[] {
  if (write.context.minor >= 7) return createEach(write, model, items)
  // Old versions validate everything first, so items do not see their siblings; devices go one by one.
  if (model.sequential) return items.map((item) => save(write, check(write, model, item)))
  const checked: Checked[] = []
  const errors = items.map((item) => {
    const problem = problemOf(() => checked.push(check(write, model, item)))
    return problem ?? {}
  })
  if (checked.length < items.length) throw new Refusal(400, errors)
  return checked.map((one) => save(write, one))
}

function createEach(write: Write, model: Model, items: readonly unknown[]): Row[] {
  const rows: Row[] = []
  const failed: ItemErrors[] = []
  for (const [index, item] of items.entries()) {
    const errors = attempt(write, () => rows.push(save(write, check(write, model, item))))
    if (errors) failed.push({ index, errors })
  }
  refuse(failed, items.length, 'could not be created')
  return rows
}

function refuse(failed: readonly ItemErrors[], total: number, text: string, status = 400): void {
  if (failed.length === 0) return
  throw new Refusal(status, {
    detail: `${failed.length} of ${total} objects ${text}.`,
    errors: failed
  })
}

function problemOf(action: () => unknown): Errors | undefined {
  try {
    action()
    return undefined
  } catch (error) {
    if (error instanceof Invalid) return error.errors
    throw error
  }
}

/** Each object has a savepoint of its own, so that one failure does not hide the next. */
function attempt(write: Write, action: () => unknown): Errors | undefined {
  const savepoint = write.context.store.savepoint()
  const problem = problemOf(action)
  if (problem) write.context.store.rollbackTo(savepoint)
  return problem
}

/** PATCH (or PUT) of a list. Old versions skip unknown ids and name no id in their error. */
export function updateAll(write: Write, model: Model, body: unknown): Row[] {
  const asked = targetsFrom(write, model, body)
  if (write.context.minor < 7) {
    for (const { row, item } of asked)
      saveHeld(write, row, check(write, model, item, current(write, model, row)))
  } else {
    const failed: ItemErrors[] = []
    for (const { row, item } of asked) {
      const errors = attempt(write, () => saveHeld(write, row, check(write, model, item, row)))
      if (errors) failed.push({ id: row.id, errors })
    }
    refuse(failed, asked.length, 'could not be updated')
  }
  return asked.map(({ row }) => current(write, model, row))
}

/** What is valid is held against If-Match before it is stored. */
function saveHeld(write: Write, row: Row, checked: Checked): void {
  write.holdsTo?.(row)
  save(write, checked)
}

function current(write: Write, model: Model, row: Row): Row {
  return write.context.store.get(model.key, row.id) ?? row
}

export function deleteAll(write: Write, model: Model, body: unknown): void {
  const asked = targetsFrom(write, model, body)
  const failed: ItemErrors[] = []
  for (const { row, item } of asked) {
    if (!write.context.store.get(model.key, row.id)) continue
    write.holdsTo?.(row)
    try {
      deleteRow(write, model, row, messageOf(item))
    } catch (error) {
      if (!(error instanceof Protected) || write.context.minor < 7) throw error
      const text = `Unable to delete: ${error.names.length} dependent object(s) prevent deletion.`
      failed.push({ id: row.id, errors: { __all__: [text] } })
    }
  }
  refuse(failed, asked.length, 'could not be deleted', 409)
}

function messageOf(item: Record<string, unknown>): string {
  return typeof item.changelog_message === 'string' ? item.changelog_message : ''
}

interface Target {
  readonly row: Row
  readonly item: Record<string, unknown>
}

/** The objects of a list write, in the model's default order: neither version keeps the request's. */
function targetsFrom(write: Write, model: Model, body: unknown): Target[] {
  const items = write.context.minor >= 7 ? strictItems(write, model, body) : looseItems(body)
  const rows = [...items.keys()].flatMap((id) => foundBy(write, model, id) ?? [])
  return sortRows(model, rows, model.ordering).map((row) => ({
    row,
    item: items.get(row.id) ?? {}
  }))
}

function foundBy({ context, isSeen }: Write, model: Model, id: number): Row | undefined {
  const row = context.store.get(model.key, id)
  return row === undefined || isSeen?.(row) === false ? undefined : row
}

type Items = Map<number, Record<string, unknown>>

function looseItems(body: unknown): Items {
  if (!Array.isArray(body)) {
    const text = `Expected a list of items but got type "${pythonTypeOf(body)}".`
    throw new Refusal(400, { non_field_errors: [text] })
  }
  const errors = body.map((item) => (isRecord(item) && 'id' in item ? {} : { id: REQUIRED }))
  if (errors.some((one) => 'id' in one)) throw new Refusal(400, errors)
  // Text ids do not map to objects here; a repeated id: the last wins.
  return new Map(body.filter(({ id }) => Number.isInteger(id)).map((item) => [item.id, item]))
}

const REQUIRED = ['This field is required.']

function strictItems(write: Write, model: Model, body: unknown): Items {
  if (!Array.isArray(body)) {
    const got = body === undefined ? 'no data was submitted' : `got ${pythonTypeOf(body)}`
    throw new Refusal(400, { detail: `Expected a list of objects, but ${got}.` })
  }
  const failed: ItemErrors[] = []
  const items: Items = new Map()
  const times = new Map<number, number>()
  for (const [index, item] of body.entries()) {
    const errors = idProblem(item)
    if (errors) failed.push({ index, errors })
    else {
      const id = Number(item.id)
      items.set(id, item)
      times.set(id, (times.get(id) ?? 0) + 1)
    }
  }
  refuse(failed, body.length, 'failed validation')
  const repeated = [...times].filter(([, count]) => count > 1)
  refuse(
    repeated.map(([id, count]) => ({
      id,
      errors: { id: [`Each object may be specified only once; ID ${id} is listed ${count} times`] }
    })),
    body.length,
    'are listed more than once'
  )
  const lost = [...items.keys()].filter((id) => !foundBy(write, model, id))
  refuse(
    lost.map((id) => ({ id, errors: { id: [`Object with ID ${id} does not exist`] } })),
    body.length,
    'could not be found'
  )
  return items
}

function idProblem(item: unknown): Errors | undefined {
  if (!isRecord(item)) {
    return { __all__: [`Invalid data. Expected a dictionary, but got ${pythonTypeOf(item)}.`] }
  }
  if (!('id' in item)) return { id: REQUIRED }
  if (item.id === null) return { id: ['This field may not be null.'] }
  return /^\d+$/.test(String(item.id)) ? undefined : { id: ['A valid integer is required.'] }
}
