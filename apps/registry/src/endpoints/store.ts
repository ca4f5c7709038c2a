import type { EndpointKind } from '@proxbox/contracts'
import {
  and,
  asc,
  count,
  type Database,
  desc,
  eq,
  ilike,
  inArray,
  isUniqueViolation,
  or
} from '@proxbox/database'
import { FieldErrors } from '@proxbox/service-kit'
import { fastapiEndpoints, netboxEndpoints, outbox, proxmoxEndpoints } from '../db/schema.ts'
import { idsOf, type ListQuery, notFound, orderingOf, pageOf } from './list-page.ts'

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
  list(query: ListQuery): Promise<{ count: number; results: Row<K>[] }>
  /** @throws ProxboxError NOT_FOUND */
  read(id: number): Promise<Row<K>>
  readAll(ids: readonly number[]): Promise<Row<K>[]>
  create(columns: Columns<K>): Promise<Row<K>>
  update(
    id: number,
    columns: Columns<K>,
    event?: { name: EndpointEvent; detail: string }
  ): Promise<Row<K>>
  remove(id: number): Promise<void>
}

export function openEndpointStore<K extends EndpointKind>(
  database: Database,
  kind: K,
  wake: () => void
): EndpointStore<K> {
  // One table of the three: drizzle cannot type a union of tables, so its columns are those that all three share.
  const table = tables[kind] as unknown as Tables['proxmox']
  const what = whatIs[kind]
  const orm = database.orm

  const changed = async (
    event: EndpointEvent,
    write: (tx: typeof orm) => Promise<{ id: number; name: string } | undefined>,
    detail = ''
  ) => {
    const row = await database.transaction(async (tx) => {
      const written = await write(tx)
      if (written !== undefined) {
        const payload = {
          kind,
          id: written.id,
          name: written.name,
          event,
          at: new Date().toISOString(),
          ...(detail === '' ? {} : { detail })
        }
        await tx
          .insert(outbox)
          .values({ channel: 'endpoints', parameters: { kind, id: written.id, event }, payload })
      }
      return written
    })
    wake()
    return row
  }

  return {
    async list(query) {
      const ids = idsOf(query)
      const where = and(
        ids === undefined ? undefined : inArray(table.id, [...ids]),
        query.q === undefined
          ? undefined
          : or(ilike(table.name, `%${query.q}%`), ilike(table.domain, `%${query.q}%`))
      )
      const { field, descending } = orderingOf(query, [
        'id',
        'name',
        'created',
        'last_updated',
        'enabled'
      ])
      const columns = {
        id: table.id,
        name: table.name,
        created: table.created,
        last_updated: table.lastUpdated,
        enabled: table.enabled
      }
      const column = columns[field as keyof typeof columns] // orderingOf lets only these through
      const { limit, offset } = pageOf(query)
      const [total] = await orm.select({ value: count() }).from(table).where(where)
      const rows = await orm
        .select()
        .from(table)
        .where(where)
        .orderBy(descending ? desc(column) : asc(column), asc(table.id))
        .limit(limit)
        .offset(offset)
      return { count: total?.value ?? 0, results: rows as unknown as Row<K>[] } // the table of this kind
    },
    async read(id) {
      const [row] = await orm.select().from(table).where(eq(table.id, id))
      if (row === undefined) throw notFound(what, id)
      return row as unknown as Row<K> // the table of this kind
    },
    async readAll(ids) {
      const where = ids.length === 0 ? eq(table.enabled, true) : inArray(table.id, [...ids])
      return (await orm
        .select()
        .from(table)
        .where(where)
        .orderBy(asc(table.id))) as unknown as Row<K>[] // the table of this kind
    },
    async create(columns) {
      const row = await named(() =>
        changed(
          'created',
          async (tx) =>
            (
              await tx
                .insert(table)
                .values(columns as never)
                .returning()
            )[0]
        )
      ) // Columns<K>
      return row as unknown as Row<K> // the table of this kind
    },
    async update(id, columns, event) {
      const stamp = event === undefined ? { lastUpdated: new Date() } : {}
      const write = async (tx: typeof orm) =>
        (
          await tx
            .update(table)
            .set({ ...(columns as object), ...stamp })
            .where(eq(table.id, id))
            .returning()
        )[0]
      const row = await named(() => changed(event?.name ?? 'changed', write, event?.detail))
      if (row === undefined) throw notFound(what, id)
      return row as unknown as Row<K> // the table of this kind
    },
    async remove(id) {
      const row = await changed(
        'removed',
        async (tx) => (await tx.delete(table).where(eq(table.id, id)).returning())[0]
      )
      if (row === undefined) throw notFound(what, id)
    }
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
