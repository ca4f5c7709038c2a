import type { SQL } from 'drizzle-orm'
import type { AnyPgColumn } from 'drizzle-orm/pg-core'
import { gt, ilike, inArray, or } from './drizzle.ts'

/** Pure: a column has one of these values; undefined values are no filter, none at all find nothing. */
export const isAmong = <Value>(
  column: AnyPgColumn<{ data: Value }>,
  values: readonly Value[] | undefined
) => (values === undefined ? undefined : inArray(column, [...values]))

/** Pure: a column is beyond this value, where the page before ended; no filter without one. */
export const isAfter = <Value>(column: AnyPgColumn<{ data: Value }>, value: Value | undefined) =>
  value === undefined ? undefined : gt(column, value)

/** Pure: one of the columns has this text in it as it stands, in either case; no filter without a text. */
export function hasText(text: string | undefined, ...columns: readonly (AnyPgColumn | SQL)[]) {
  if (text === undefined) return undefined
  const pattern = `%${text.replace(/[\\%_]/g, '\\$&')}%`
  return or(...columns.map((column) => ilike(column, pattern)))
}
