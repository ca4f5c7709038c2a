import { keyed } from './keyed.ts'
import type { Minor, Row } from './row.ts'
import type { TableShape } from './table-shape.ts'

type Index = { keyOf: (row: Row) => string | undefined; ids: Map<string, Set<number>> }

interface Table {
  readonly rows: Map<number, Row>
  readonly indexes: Map<string, Index>
  nextId: number
  version: number
}

const NONE: ReadonlySet<number> = new Set()

/**
 * All objects by model, with hash indexes on every reference, so that a check costs the same at ten
 * and at fifty thousand objects. One transaction at a time: `begin`, then `commit` or `rollback`;
 * ids that were handed out are not given back, as PostgreSQL's sequences do it.
 */
export class Store {
  readonly #tables = new Map<string, Table>()
  #undo: (() => void)[] | undefined

  addTable(model: TableShape, minor: Minor): void {
    const indexes = new Map<string, Index>()
    const add = (name: string, keyOf: Index['keyOf']) =>
      indexes.set(name, { keyOf, ids: new Map() })
    for (const { name, kind, unique } of model.fields) {
      if (kind === 'fk' || unique) add(name, (row) => keyOfValue(row[name]))
    }
    for (const field of model.fields) {
      if (field.kind !== 'type') continue
      const base = field.name.slice(0, -'_type'.length)
      add(base, (row) => keyed(row[field.name], row[`${base}_id`]))
    }
    for (const [n, unique] of (model.unique ?? []).entries()) {
      add(`unique:${n}`, (row) => unique.key(row, minor))
    }
    for (const [name, keyOf] of Object.entries(model.indexes ?? {})) add(name, keyOf)
    this.#tables.set(model.key, { rows: new Map(), indexes, nextId: 1, version: 0 })
  }

  #table(model: string): Table {
    const table = this.#tables.get(model)
    if (!table) throw new Error(`no such model: ${model}`)
    return table
  }

  get(model: string, id: unknown): Row | undefined {
    return typeof id === 'number' ? this.#table(model).rows.get(id) : undefined
  }

  rows(model: string): IterableIterator<Row> {
    return this.#table(model).rows.values()
  }

  count(model: string): number {
    return this.#table(model).rows.size
  }

  /** Moves with every change of the table; for caches. */
  version(model: string): number {
    return this.#table(model).version
  }

  ids(model: string, index: string, key: unknown): ReadonlySet<number> {
    const found = this.#table(model).indexes.get(index)
    if (!found) throw new Error(`no index ${index} on ${model}`)
    return found.ids.get(typeof key === 'string' ? key : (keyOfValue(key) ?? '')) ?? NONE
  }

  /** Rows of one index entry, by id. */
  where(model: string, index: string, key: unknown): Row[] {
    const { rows } = this.#table(model)
    const found = [...this.ids(model, index, key)].sort((a, b) => a - b)
    return found.flatMap((id) => rows.get(id) ?? [])
  }

  indexNames(model: string): Iterable<string> {
    return this.#table(model).indexes.keys()
  }

  nextId(model: string): number {
    return this.#table(model).nextId++
  }

  /** Stores a new version of a row (or a new row). */
  put(model: string, row: Row): void {
    const table = this.#table(model)
    const before = table.rows.get(row.id)
    swap(table, row.id, before, row)
    this.#undo?.push(() => swap(table, row.id, row, before))
    if (row.id >= table.nextId) table.nextId = row.id + 1
  }

  remove(model: string, row: Row): void {
    const table = this.#table(model)
    swap(table, row.id, row, undefined)
    this.#undo?.push(() => swap(table, row.id, undefined, row))
  }

  begin(): void {
    this.#undo = []
  }

  /** A mark to roll back to inside the transaction. */
  savepoint(): number {
    return this.#undo?.length ?? 0
  }

  rollbackTo(savepoint: number): void {
    const undo = this.#undo ?? []
    while (undo.length > savepoint) undo.pop()?.()
  }

  commit(): void {
    this.#undo = undefined
  }

  rollback(): void {
    this.rollbackTo(0)
    this.#undo = undefined
  }

  clear(): void {
    for (const table of this.#tables.values()) {
      table.rows.clear()
      for (const index of table.indexes.values()) index.ids.clear()
      table.nextId = 1
      table.version++
    }
  }
}

function keyOfValue(value: unknown): string | undefined {
  return value === null || value === undefined ? undefined : String(value)
}

function swap(table: Table, id: number, before: Row | undefined, after: Row | undefined): void {
  table.version++
  for (const { keyOf, ids } of table.indexes.values()) {
    const from = before && keyOf(before)
    const to = after && keyOf(after)
    if (from === to) continue
    if (from !== undefined) unlink(ids, from, id)
    if (to !== undefined) link(ids, to, id)
  }
  if (after) table.rows.set(id, after)
  else table.rows.delete(id)
}

function link(ids: Map<string, Set<number>>, key: string, id: number): void {
  const set = ids.get(key)
  if (set) set.add(id)
  else ids.set(key, new Set([id]))
}

function unlink(ids: Map<string, Set<number>>, key: string, id: number): void {
  const set = ids.get(key)
  set?.delete(id)
  if (set?.size === 0) ids.delete(key)
}
