import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { openTestPostgres } from '@proxbox/embedded'
import t from 'tap'
import {
  type Database,
  eq,
  hasText,
  integer,
  isAmong,
  isUnavailable,
  isUniqueViolation,
  migrate,
  ne,
  openDatabase,
  pgSchema,
  readPage,
  serial,
  sql,
  text,
  uniqueIndex
} from '../src/index.ts'

const run = promisify(execFile)
const goods = pgSchema('shop').table(
  'good',
  { id: serial().primaryKey(), fullName: text().notNull() },
  (columns) => [uniqueIndex('good_name').on(columns.fullName)]
)

const folder = await mkdtemp(join(tmpdir(), 'proxbox-migrations-'))
t.teardown(() => rm(folder, { recursive: true }))
const postgres = await openTestPostgres()
t.teardown(() => postgres.stop())

/** Migrations in the layout of drizzle-kit. */
async function writeMigrations(files: readonly string[]): Promise<void> {
  await mkdir(join(folder, 'meta'), { recursive: true })
  const entries = files.map((text, idx) => ({ idx, tag: `000${idx}_step`, when: idx + 1, text }))
  for (const { tag, text } of entries) await writeFile(join(folder, `${tag}.sql`), text)
  const journal = {
    version: '7',
    dialect: 'postgresql',
    entries: entries.map(({ idx, tag, when }) => ({
      idx,
      tag,
      when,
      version: '7',
      breakpoints: true
    }))
  }
  await writeFile(join(folder, 'meta', '_journal.json'), JSON.stringify(journal))
}

const first = `CREATE SCHEMA IF NOT EXISTS "shop";
--> statement-breakpoint
CREATE TABLE "shop"."good" ("id" serial PRIMARY KEY, "full_name" text NOT NULL);
--> statement-breakpoint
CREATE UNIQUE INDEX "good_name" ON "shop"."good" ("full_name");
--> statement-breakpoint
SELECT pg_sleep(0.3);`

const open = (): Promise<Database> =>
  openDatabase({ url: postgres.url, applicationName: 'test', schema: 'shop' })
const migrations = async (database: Database): Promise<number> => {
  const rows = await database.orm.execute<{ n: number }>(
    sql`select count(*)::int as n from shop.migration`
  )
  return [...rows][0]?.n ?? 0
}

t.test('four services start at once: each migration is applied once', async (t) => {
  await writeMigrations([first, 'INSERT INTO "shop"."good" ("full_name") VALUES (\'first\');'])
  const script = fileURLToPath(new URL('./migrate-process.ts', import.meta.url))
  const start = () => run(process.execPath, [script, postgres.url, folder], { timeout: 30_000 })
  await Promise.all([start(), start(), start(), start()])
  const database = await open()
  t.teardown(() => database.close())
  t.equal(await migrations(database), 2)
  t.same(await database.orm.select().from(goods), [{ id: 1, fullName: 'first' }])
})

t.test('a migration that fails changes nothing, and keeps nobody waiting', async (t) => {
  const database = await open()
  t.teardown(() => database.close())
  const broken = `CREATE TABLE "shop"."half" ("id" serial);
--> statement-breakpoint
CREATE TABLE "shop"."good" ("id" serial);`
  await writeMigrations([first, 'SELECT 1;', broken])
  await t.rejects(migrate(database, { folder, name: 'shop' }))
  t.equal(await migrations(database), 2)
  await writeMigrations([first, 'SELECT 1;', 'CREATE TABLE "shop"."half" ("id" serial);'])
  await migrate(database, { folder, name: 'shop' })
  t.equal(await migrations(database), 3, 'the lock was free and the half table not there')
})

t.test('a transaction is all or nothing', async (t) => {
  const database = await open()
  t.teardown(() => database.close())
  const failure = database.transaction(async (tx) => {
    await tx.insert(goods).values({ fullName: 'second' })
    await tx.insert(goods).values({ fullName: 'first' })
  })
  const error = await failure.catch((caught: unknown) => caught)
  t.same(isUniqueViolation(error)?.constraint, 'good_name')
  t.notOk(isUnavailable(error))
  t.same(await database.orm.select().from(goods).where(eq(goods.fullName, 'second')), [])
})

t.test('pages of one query hold each of its rows once', async (t) => {
  const database = await open()
  t.teardown(() => database.close())
  const names = ['b', 'a', 'b', 'a', 'b'].map((name, index) => ({ kind: name, id: index }))
  await database.orm.execute(sql`create table shop.part ("id" int, "kind" text)`)
  const parts = pgSchema('shop').table('part', { id: integer(), kind: text() })
  await database.orm.insert(parts).values([...names, { kind: 'c', id: 9 }])
  const pageAt = async (offset: number, isDescending: boolean) => {
    const some = database.orm
      .select({ part: parts, good: { id: goods.id } })
      .from(parts)
      .leftJoin(goods, eq(goods.id, parts.id))
      .where(ne(parts.kind, 'c'))
      .$dynamic()
    const order = { column: parts.kind, isDescending, tie: parts.id, isTieDescending: true }
    const { count, rows } = await readPage(database.orm, some, { ...order, limit: 2, offset })
    t.equal(count, 5, 'all that the query finds, whatever the page')
    return rows.map(({ part }) => part.id)
  }
  const walk = async (isDescending: boolean) =>
    (await Promise.all([0, 2, 4, 6].map((offset) => pageAt(offset, isDescending)))).flat()
  t.same(await walk(false), [3, 1, 4, 2, 0])
  t.same(await walk(true), [4, 2, 0, 3, 1])
})

t.test('a searched text is taken as it stands, and a list of values as a choice', async (t) => {
  const database = await open()
  t.teardown(() => database.close())
  await database.orm.execute(sql`create table shop.word ("word" text, "more" text)`)
  const words = pgSchema('shop').table('word', { word: text(), more: text() })
  const all = ['50%_a\\b', '50 ha', 'A_B']
  await database.orm.insert(words).values(all.map((word) => ({ word, more: '' })))
  const found = async (where: ReturnType<typeof hasText>) => {
    const rows = await database.orm.select().from(words).where(where)
    return rows.map((row) => row.word)
  }
  t.same(await found(hasText('0%', words.more, words.word)), [all[0]])
  t.same(await found(hasText('a\\', words.word)), [all[0]])
  t.same(await found(hasText('a_b', words.word)), [all[2]])
  t.same(await found(hasText(undefined, words.word)), all)
  t.same(await found(isAmong(words.word, ['50 ha', 'x'])), [all[1]])
  t.same(await found(isAmong(words.word, [])), [])
  t.same(await found(isAmong(words.word, undefined)), all)
})

t.test('an outage has a name, wherever it strikes', async (t) => {
  const port = await openTestPostgres()
  const database = await openDatabase({ url: port.url, applicationName: 'test', schema: 'shop' })
  t.teardown(() => database.close())
  const inside = database.transaction(async (tx) => {
    await tx.execute(sql`select 1`)
    await port.stop()
    await tx.execute(sql`select 1`)
  })
  await t.rejects(inside, { code: 'DATABASE_UNAVAILABLE', status: 503 }, 'within a transaction')
  await t.rejects(database.ping(), { code: 'DATABASE_UNAVAILABLE' })
  await t.rejects(
    database.orm.select().from(goods),
    { code: 'DATABASE_UNAVAILABLE' },
    'a statement alone'
  )
  const page = { column: goods.id, isDescending: false, tie: goods.id, limit: 1, offset: 0 }
  await t.rejects(
    readPage(database.orm, database.orm.select().from(goods).$dynamic(), page),
    { code: 'DATABASE_UNAVAILABLE' },
    'a page'
  )
  await t.rejects(
    openDatabase(
      { url: port.url, applicationName: 'test', schema: 'shop' },
      AbortSignal.timeout(400)
    ),
    { code: 'DATABASE_UNAVAILABLE' },
    'at the start'
  )
})

t.test('every lost connection is replaced', async (t) => {
  const database = await open()
  t.teardown(() => database.close())
  const other = await openDatabase({ url: postgres.url, applicationName: 'other', schema: 'shop' })
  t.teardown(() => other.close())
  const work = () =>
    Promise.allSettled(
      Array.from({ length: 8 }, (_, n) =>
        database.transaction(async (tx) => {
          await tx.execute(sql`select pg_sleep(0.1)`)
          await tx.insert(goods).values({ fullName: `good ${n} ${process.hrtime.bigint()}` })
        })
      )
    )
  const working = work()
  await new Promise((resolve) => setTimeout(resolve, 50))
  await other.orm.execute(sql`
    select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'test'`)
  const cut = (await working).filter((one) => one.status === 'rejected')
  t.ok(cut.length > 0, 'work was cut')
  for (const one of cut) t.match(one.reason, { code: 'DATABASE_UNAVAILABLE' })
  const after = (await work()).filter((one) => one.status === 'rejected')
  t.same(after, [], 'all work goes on')
})
