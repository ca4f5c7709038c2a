export {
  and,
  asc,
  bigint,
  boolean,
  count,
  desc,
  doublePrecision,
  eq,
  gt,
  gte,
  ilike,
  inArray,
  index,
  integer,
  isNotNull,
  isNull,
  jsonb,
  like,
  lt,
  lte,
  ne,
  not,
  or,
  pgSchema,
  primaryKey,
  serial,
  sql,
  text,
  timestamp,
  uniqueIndex,
  uuid
} from './drizzle.ts'
export { isUnavailable, isUniqueViolation } from './failures.ts'
export { hasText, isAfter, isAmong } from './filters.ts'
export { migrate } from './migrate.ts'
export {
  type Database,
  type DatabaseOptions,
  openDatabase,
  type Transaction
} from './open-database.ts'
export {
  type Outbox,
  type OutboxOptions,
  type OutboxRow,
  outboxTable,
  startOutbox
} from './outbox.ts'
export { readPage } from './read-page.ts'
export { tryLock } from './try-lock.ts'
