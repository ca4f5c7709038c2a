import { Protected } from './errors.ts'
import type { Model } from './model.ts'
import type { Row } from './row.ts'
import type { Field } from './table-shape.ts'
import type { Write } from './write.ts'

type Doomed = Map<string, { readonly model: Model; readonly row: Row }>

/**
 * Deletes an object and what goes with it (cascades; MACs, addresses and journal entries that are
 * assigned to it), and empties other references to it. Throws Protected when something stands in the way.
 */
export function deleteRow(write: Write, model: Model, row: Row, message: string): void {
  const doomed: Doomed = new Map()
  collect(write, doomed, model, row)
  const blockers = [...doomed.values()].flatMap((one) => protectorsOf(write, one, doomed))
  if (blockers.length > 0) throw new Protected([...new Set(blockers)])
  // Dependents first, as the database does it.
  for (const one of [...doomed.values()].reverse()) remove(write, one, message)
}

function collect(write: Write, doomed: Doomed, model: Model, row: Row): void {
  const key = `${model.key}:${row.id}`
  if (doomed.has(key)) return
  doomed.set(key, { model, row })
  for (const { other, field } of referrersOf(write, model)) {
    if (field.onDelete !== 'cascade') continue
    for (const child of write.context.store.where(other.key, field.name, row.id)) {
      collect(write, doomed, other, child)
    }
  }
  for (const owned of [...(model.owns ?? []), 'extras.journalentry']) {
    const other = write.context.models.get(owned)
    if (!other) continue
    const assigned = write.context.store.where(
      owned,
      'assigned_object',
      `${model.key}\u0000${row.id}`
    )
    for (const child of assigned) collect(write, doomed, other, child)
  }
}

function referrersOf(write: Write, model: Model): { other: Model; field: Field }[] {
  return [...write.context.models.values()].flatMap((other) =>
    other.fields
      .filter((field) => field.kind === 'fk' && field.to === model.key && !field.writeOnly)
      .map((field) => ({ other, field }))
  )
}

function protectorsOf(write: Write, { model, row }: { model: Model; row: Row }, doomed: Doomed) {
  return referrersOf(write, model)
    .filter(({ field }) => field.onDelete === 'protect')
    .flatMap(({ other, field }) =>
      write.context.store
        .where(other.key, field.name, row.id)
        .filter((child) => !doomed.has(`${other.key}:${child.id}`))
        .map((child) => `${other.display(child, write.context)} (${child.id})`)
    )
}

function remove(write: Write, { model, row }: { model: Model; row: Row }, message: string): void {
  const { store } = write.context
  const current = store.get(model.key, row.id)
  if (!current) return
  for (const { other, field } of referrersOf(write, model)) {
    for (const child of store.where(other.key, field.name, row.id))
      forget(write, other, child, field)
  }
  unlink(write, model, row.id)
  if (model.key === 'extras.tag') untag(write, row.id)
  write.changes.record(model, current, undefined, message)
  store.remove(model.key, current)
  model.deleted?.(current, write.context)
}

function forget(write: Write, model: Model, row: Row, field: Field): void {
  const silent = field.onDelete === 'silent'
  const after = {
    ...row,
    [field.name]: null,
    last_updated: silent ? row.last_updated : write.stamp()
  }
  write.context.store.put(model.key, after)
  if (!silent) write.changes.record(model, row, after, '')
}

/** Lists of references lose it, as the rows of a join table go. */
function unlink({ context: { store, models } }: Write, { key }: Model, id: number): void {
  for (const other of models.values()) {
    for (const field of other.fields.filter(({ kind, to }) => kind === 'many' && to === key)) {
      for (const row of [...store.rows(other.key)]) {
        const all = row[field.name]
        if (!Array.isArray(all) || !all.includes(id)) continue
        store.put(other.key, { ...row, [field.name]: all.filter((one) => one !== id) })
      }
    }
  }
}

function untag(write: Write, id: number): void {
  const { store, models } = write.context
  for (const model of models.values()) {
    if (!model.tags) continue
    for (const row of [...store.rows(model.key)]) {
      if (!Array.isArray(row.tags) || !row.tags.includes(id)) continue
      store.put(model.key, { ...row, tags: row.tags.filter((one) => one !== id) })
    }
  }
}
