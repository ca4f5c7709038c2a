import type { Machine } from './machine.ts'
import type { Model, Row } from './model.ts'

export type Dump = Record<string, readonly Readonly<Record<string, unknown>>[]>

const CHANGE = 'core.objectchange'

function modelsOf(machine: Machine): Model[] {
  return [...machine.context.models.values()]
    .filter(({ key }) => key !== CHANGE)
    .sort((a, b) => (a.key < b.key ? -1 : 1))
}

/** Stored values of all objects, by id. */
export function dumpOf(machine: Machine): Dump {
  const { store } = machine.context
  return Object.fromEntries(
    modelsOf(machine).map(({ key }) => [
      key,
      [...store.rows(key)].sort((a, b) => a.id - b.id).map((row) => structuredClone(sorted(row)))
    ])
  )
}

function sorted<T extends object>(value: T): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

export function loadDump(machine: Machine, dump: Dump): void {
  const { store } = machine.context
  store.clear()
  for (const [key, rows] of Object.entries(dump)) {
    for (const row of rows) {
      const { id, ...rest } = structuredClone(row)
      if (typeof id !== 'number') throw new Error(`an object of ${key} in the dump has no id`)
      store.put(key, { ...rest, id })
    }
  }
}

const MOVING = new Set(['id', 'created', 'last_updated'])

/** What the objects say, whatever ids they were given and when. */
export function canonicalOf(machine: Machine): Dump {
  const { context } = machine
  const nameOf = (key: string | undefined, id: unknown): unknown => {
    const model = context.models.get(key ?? '')
    const row = model && context.store.get(model.key, id)
    return model && row ? pathOf(model, row) : null
  }
  const pathOf = (model: Model, row: Row): string => {
    const owner = model.fields.find(({ onDelete, kind }) => kind === 'fk' && onDelete === 'cascade')
    const prefix = owner && row[owner.name] !== null ? `${nameOf(owner.to, row[owner.name])}/` : ''
    const shown = model.key === 'core.objectchange' ? row.id : model.display(row, context)
    return `${prefix}${shown}`
  }
  const canonicalRow = (model: Model, row: Row) => {
    const out: Record<string, unknown> = {}
    for (const [name, value] of Object.entries(row)) {
      const field = model.fields.find((one) => one.name === name)
      if (MOVING.has(name) || name.startsWith('_')) continue
      if (field?.kind === 'fk') out[name] = nameOf(field.to, value)
      else if (field?.kind === 'many' && Array.isArray(value)) {
        out[name] = value.map((id) => nameOf(field.to, id)).sort()
      } else if (name === 'tags' && Array.isArray(value)) {
        out[name] = value.map((id) => nameOf('extras.tag', id)).sort()
      } else if (name === 'assigned_object_id' || name === 'scope_id') {
        const type = row[name.replace(/_id$/, '_type')]
        out[name] = typeof type === 'string' ? nameOf(type, value) : null
      } else out[name] = value
    }
    return sorted(out)
  }
  const textOf = (row: object) => JSON.stringify(row)
  return Object.fromEntries(
    modelsOf(machine).map((model) => [
      model.key,
      [...context.store.rows(model.key)]
        .map((row) => canonicalRow(model, row))
        .sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1))
    ])
  )
}
