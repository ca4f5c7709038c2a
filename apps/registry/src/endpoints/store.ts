import type { EndpointKind } from '@proxbox/contracts'
import {
  and,
  asc,
  type Database,
  eq,
  inArray,
  isUniqueViolation,
  sql,
  type Transaction
} from '@proxbox/database'
import { FieldErrors, type PageQuery } from '@proxbox/service-kit'
import { fastapiEndpoints, netboxEndpoints, outbox, proxmoxEndpoints } from '../db/schema.ts'
import { listRows } from './list-rows.ts'
import { notFound } from './not-found.ts'

const tables = {
  proxmox: proxmoxEndpoints,
  netbox: netboxEndpoints,
  fastapi: fastapiEndpoints
} as const
export const whatIs = {
  proxmox: 'ProxmoxEndpoint',
  netbox: 'NetBoxEndpoint',
  fastapi: 'FastAPIEndpoint'
} as const
type Tables = typeof tables
type Row<K extends EndpointKind> = Tables[K]['$inferSelect']
type Columns<K extends EndpointKind> = Partial<Tables[K]['$inferInsert']>
type EndpointEvent = 'created' | 'changed' | 'removed' | 'reachable' | 'unreachable'

/** The rows of one kind of Endpoint. Each change and its event are stored in one transaction. */
export interface EndpointStore<K extends EndpointKind> {
  list(query: PageQuery): Promise<{ count: number; results: Row<K>[] }>
  /** @throws ProxboxError NOT_FOUND */
  read(id: number): Promise<Row<K>>
  /** Those with these ids; an empty list means all enabled ones. */
  readAll(ids: readonly number[]): Promise<Row<K>[]>
  /** @throws FieldErrors when the name is taken. */
  create(columns: Columns<K>): Promise<Row<K>>
  /** @throws FieldErrors when the name is taken; ProxboxError NOT_FOUND */
  update(id: number, columns: Columns<K>): Promise<Row<K>>
  /** Changes a row by what all rows of its kind hold; they stay as they are meanwhile. @throws ProxboxError NOT_FOUND */
  decide(id: number, columnsOf: (own: Row<K>, others: Row<K>[]) => Columns<K>): Promise<Row<K>>
  /** True when this is news. @throws ProxboxError NOT_FOUND */
  report(id: number, news: { reachable: boolean; detail: string }): Promise<boolean>
  /** @throws ProxboxError NOT_FOUND */
  remove(id: number): Promise<void>
}

export function openEndpointStore<K extends EndpointKind>(
  database: Database,
  kind: K,
  wake: () => void
): EndpointStore<K> {
  // One table of the three: drizzle cannot type a union of tables, so its columns are those that all three share.
  const table = tables[kind] as unknown as Tables['proxmox']
  const orm = database.orm
  const write = openWriter(database, kind, wake)
  const typed = (rows: object[]) => rows as Row<K>[] // rows of the table of this kind
  const one = (rows: object[], id: number): Row<K> => {
    const [row] = typed(rows)
    if (row === undefined) throw notFound(whatIs[kind], id)
    return row
  }
  return {
    async list(query) {
      const { count, rows } = await listRows(orm, table, query)
      return { count, results: typed(rows) }
    },
    read: async (id) => one(await orm.select().from(table).where(eq(table.id, id)), id),
    async readAll(ids) {
      const where = ids.length === 0 ? eq(table.enabled, true) : inArray(table.id, [...ids])
      return typed(await orm.select().from(table).where(where).orderBy(asc(table.id)))
    },
    async create(columns) {
      const values = columns as never // Columns<K>, for the table of this kind
      return one(await write('created', (tx) => tx.insert(table).values(values).returning()), 0)
    },
    async update(id, columns) {
      const set = { ...(columns as object), lastUpdated: new Date() } // Columns<K>, as above
      const isIt = eq(table.id, id)
      return one(
        await write('changed', (tx) => tx.update(table).set(set).where(isIt).returning()),
        id
      )
    },
    async decide(id, columnsOf) {
      const change = async (tx: Transaction) => {
        const rows = typed(await tx.select().from(table).for('update'))
        const own = one(
          rows.filter((row) => row.id === id),
          id
        )
        const columns = columnsOf(
          own,
          rows.filter((row) => row.id !== id)
        )
        const set = { ...(columns as object), lastUpdated: new Date() } // Columns<K>, as above
        return await tx.update(table).set(set).where(eq(table.id, id)).returning()
      }
      return one(await write('changed', change), id)
    },
    async report(id, { reachable, detail }) {
      const isNews = and(eq(table.id, id), sql`${table.reachable} is distinct from ${reachable}`)
      const set = { reachable, reachabilityDetail: detail }
      const rows = await write(
        reachable ? 'reachable' : 'unreachable',
        (tx) => tx.update(table).set(set).where(isNews).returning(),
        detail
      )
      if (rows.length === 0) one(await orm.select().from(table).where(eq(table.id, id)), id)
      return rows.length > 0
    },
    async remove(id) {
      one(await write('removed', (tx) => tx.delete(table).where(eq(table.id, id)).returning()), id)
    }
  }
}

/** Writes rows and, in the same transaction, one event for each. */
function openWriter(database: Database, kind: EndpointKind, wake: () => void) {
  return async <R extends { id: number; name: string }>(
    event: EndpointEvent,
    write: (tx: Transaction) => Promise<R[]>,
    detail = ''
  ): Promise<R[]> => {
    const rows = await named(() =>
      database.transaction(async (tx) => {
        const written = await write(tx)
        for (const { id, name } of written) {
          const at = new Date().toISOString()
          const payload = { kind, id, name, event, at, ...(detail === '' ? {} : { detail }) }
          const parameters = { kind, id, event }
          await tx.insert(outbox).values({ channel: 'endpoints', parameters, payload })
        }
        return written
      })
    )
    wake()
    return rows
  }
}

/** A name that is taken is a fault of the field, in NetBox's words. */
async function named<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    if (isUniqueViolation(error)?.constraint?.endsWith('_name') === true) {
      const texts = ['An Endpoint with this name already exists: choose another name.']
      throw new FieldErrors({ name: texts }, { cause: error })
    }
    throw error
  }
}
