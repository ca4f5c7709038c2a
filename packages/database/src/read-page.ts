import type { AnyPgColumn, PgSelect } from 'drizzle-orm/pg-core'
import { asc, desc } from './drizzle.ts'
import type { Database } from './open-database.ts'

export interface Page {
  readonly column: AnyPgColumn
  readonly isDescending: boolean
  /** Decides between rows that `column` does not tell apart, so that no row is on two pages. */
  readonly tie: AnyPgColumn
  readonly isTieDescending?: boolean
  readonly limit: number
  readonly offset: number
}

/** One page of what a query (`$dynamic`, without order and limit) finds, and how many rows that is in all. */
export async function readPage<Query extends PgSelect>(
  orm: Pick<Database['orm'], '$count'>,
  query: Query,
  page: Page
): Promise<{ count: number; rows: Query['_']['result'] }> {
  const count = await orm.$count(query.as('found'))
  const { column, isDescending, tie, isTieDescending = false } = page
  const rows = await query
    .orderBy(isDescending ? desc(column) : asc(column), isTieDescending ? desc(tie) : asc(tie))
    .limit(page.limit)
    .offset(page.offset)
  return { count, rows }
}
