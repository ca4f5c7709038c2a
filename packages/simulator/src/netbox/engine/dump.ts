import type { Machine } from './machine.ts'
import type { Context, Model } from './model.ts'
import type { Row } from './row.ts'

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
  const textOf = (row: object) => JSON.stringify(row)
  return Object.fromEntries(
    modelsOf(machine).map((model) => [
      model.key,
      [...context.store.rows(model.key)]
        .map((row) => canonicalRow(context, model, row))
        .sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1))
    ])
  )
}

function canonicalRow(context: Context, model: Model, row: Row): Record<string, unknown> {
  const said = Object.keys(row).filter((name) => !MOVING.has(name) && !name.startsWith('_'))
  const pairs = said.map((name) => [name, canonicalValue(context, model, row, name)])
  return sorted(Object.fromEntries(pairs))
}

function canonicalValue(context: Context, model: Model, row: Row, name: string): unknown {
  const value = row[name]
  const field = model.fields.find((one) => one.name === name)
  if (field?.kind === 'fk') return nameOf(context, field.to, value)
  const to = name === 'tags' ? 'extras.tag' : field?.kind === 'many' ? field.to : undefined
  if (to && Array.isArray(value)) return value.map((id) => nameOf(context, to, id)).sort()
  const type = row[name.replace(/_id$/, '_type')]
  if (typeof type === 'string' && name.endsWith('_id')) return nameOf(context, type, value)
  // Custom fields: the order in which they were sent is no content.
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? sorted(value)
    : value
}

function nameOf(context: Context, key: string | undefined, id: unknown): string | null {
  const model = context.models.get(key ?? '')
  const row = model && context.store.get(model.key, id)
  if (!model || !row) return null
  const owner = model.fields.find(({ onDelete, kind }) => kind === 'fk' && onDelete === 'cascade')
  const prefix =
    owner && row[owner.name] !== null ? `${nameOf(context, owner.to, row[owner.name])}/` : ''
  return `${prefix}${model.display(row, context)}`
}
